package nanochat.objective;

import nanochat.data.Batch;

/// Learning which of two answers is preferred, without a model of rewards (docs/formulas.md#preferences). A step is one [#addGradients] for each of
/// its micro-batches and one [#takeStatistics]. Not for several threads.
public final class Preferences {
    private final LogProbabilities model;
    private final PreferenceLoss loss;
    private Sums sums = new Sums();

    public Preferences(LogProbabilities model, PreferenceLoss loss) {
        this.model = model;
        this.loss = loss;
    }

    /// Adds the gradients of what these pairs contribute to the mean loss of the step's pairs.
    ///
    /// @param ofStep how many pairs the step has
    public void addGradients(AnswerPairs pairs, int ofStep) {
        count(pairs, model.addGradients(pairs.batch(), now -> slopes(pairs, now, ofStep)));
    }

    /// Counts these pairs in the statistics; adds no gradient.
    public void measure(AnswerPairs pairs) {
        count(pairs, model.of(pairs.batch()));
    }

    /// The log-probability of each row's answer, summed over its tokens.
    public static double[] sums(Batch batch, float[] logProbabilities) {
        double[] sums = new double[batch.rows()];
        for (int i = 0; i < logProbabilities.length; i++) {
            sums[i / batch.length()] += batch.targets()[i] == Batch.IGNORED ? 0 : logProbabilities[i];
        }
        return sums;
    }

    private float[] slopes(AnswerPairs pairs, float[] now, int ofStep) {
        Batch batch = pairs.batch();
        float[] slopes = new float[now.length];
        double[] sumsNow = sums(batch, now);
        for (int row = 0; row < 2 * pairs.count(); row += 2) {
            double slope = loss.slopeAt(gained(pairs, sumsNow, row) - gained(pairs, sumsNow, row + 1)) / ofStep;
            fill(batch, row, slopes, slope * loss.share(tokens(batch, row)));
            fill(batch, row + 1, slopes, -slope * loss.share(tokens(batch, row + 1)));
        }
        return slopes;
    }

    private void count(AnswerPairs pairs, float[] now) {
        Batch batch = pairs.batch();
        double[] sumsNow = sums(batch, now);
        for (int row = 0; row < 2 * pairs.count(); row += 2) {
            double chosen = gained(pairs, sumsNow, row);
            double rejected = gained(pairs, sumsNow, row + 1);
            boolean preferred = loss.share(tokens(batch, row)) * sumsNow[row] > loss.share(tokens(batch, row + 1)) * sumsNow[row + 1];
            sums.add(chosen, rejected, loss.at(chosen - rejected), preferred);
        }
    }

    /// By how much the log-probability of a row's answer is above that under the reference, as the loss measures it.
    private double gained(AnswerPairs pairs, double[] sumsNow, int row) {
        return loss.share(tokens(pairs.batch(), row)) * (sumsNow[row] - pairs.reference()[row]);
    }

    private static int tokens(Batch batch, int row) {
        int count = 0;
        for (int i = row * batch.length(); i < (row + 1) * batch.length(); i++) {
            count += batch.targets()[i] == Batch.IGNORED ? 0 : 1;
        }
        return count;
    }

    private static void fill(Batch batch, int row, float[] slopes, double slope) {
        for (int i = row * batch.length(); i < (row + 1) * batch.length(); i++) {
            slopes[i] = batch.targets()[i] == Batch.IGNORED ? 0 : (float) slope;
        }
    }

    /// Ends a step.
    public PreferenceStatistics takeStatistics() {
        Sums taken = sums;
        sums = new Sums();
        double pairs = Math.max(1, taken.pairs);
        double beta = loss.beta();
        return new PreferenceStatistics(taken.pairs, taken.loss / pairs, taken.right / pairs, beta * (taken.chosen - taken.rejected)
                / pairs,
                beta * taken.chosen / pairs, beta * taken.rejected / pairs, taken.preferred / pairs);
    }

    private static final class Sums {
        private int pairs;
        private double loss;
        private double right;
        private double chosen;
        private double rejected;
        private int preferred;

        private void add(double ofChosen, double ofRejected, double ofPair, boolean isPreferred) {
            pairs++;
            loss += ofPair;
            right += ofChosen > ofRejected ? 1 : ofChosen == ofRejected ? 0.5 : 0;
            chosen += ofChosen;
            rejected += ofRejected;
            preferred += isPreferred ? 1 : 0;
        }
    }
}
