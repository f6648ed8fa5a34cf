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
        model.addGradients(pairs.batch(), now -> slopes(pairs, now, ofStep));
    }

    /// Counts these pairs in the statistics; adds no gradient.
    public void measure(AnswerPairs pairs) {
        slopes(pairs, model.of(pairs.batch()), 1);
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
        double[] sumsNow = sums(batch, now);
        float[] slopes = new float[now.length];
        for (int row = 0; row < batch.rows(); row += 2) {
            double chosenShare = loss.share(tokens(batch, row));
            double rejectedShare = loss.share(tokens(batch, row + 1));
            double chosen = chosenShare * (sumsNow[row] - pairs.reference()[row]);
            double rejected = rejectedShare * (sumsNow[row + 1] - pairs.reference()[row + 1]);
            double slope = loss.slopeAt(chosen - rejected) / ofStep;
            fill(batch, row, slopes, slope * chosenShare);
            fill(batch, row + 1, slopes, -slope * rejectedShare);
            sums.add(chosen, rejected, loss.at(chosen - rejected), chosenShare * sumsNow[row] > rejectedShare * sumsNow[row + 1]);
        }
        return slopes;
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

        private void add(double chosenMargin, double rejectedMargin, double pairLoss, boolean likelier) {
            pairs++;
            loss += pairLoss;
            right += chosenMargin > rejectedMargin ? 1 : chosenMargin == rejectedMargin ? 0.5 : 0;
            chosen += chosenMargin;
            rejected += rejectedMargin;
            preferred += likelier ? 1 : 0;
        }
    }
}
