package nanochat.objective;

import java.util.Optional;
import nanochat.data.Batch;

/// Making what was worth more than expected more likely, token by token (docs/formulas.md#reinforcement). A step is one [#addGradients] for each of
/// its micro-batches and one [#takeStatistics]. Not for several threads.
public final class PolicyGradient {
    private final LogProbabilities model;
    private final PolicyLoss loss;
    private Sums sums = new Sums();

    /// @param model that sampled and is trained
    public PolicyGradient(LogProbabilities model, PolicyLoss loss) {
        this.model = model;
        this.loss = loss;
    }

    /// Adds the gradients of what these rollouts contribute to the step's loss. Rollouts without any advantage add exactly nothing, unless they
    /// are held to a reference.
    public void addGradients(Rollouts rollouts) {
        if (loss.klWeight() > 0 && rollouts.referenceLogProbabilities().isEmpty()) {
            throw new IllegalArgumentException("a KL term needs the reference's log-probabilities");
        }
        Batch batch = rollouts.batch();
        if (loss.isLinear()) {
            float[] slopes = slopes(rollouts, new float[batch.targets().length]);
            add(rollouts, model.addGradients(batch, slopes), Optional.of(slopes));
        } else {
            add(rollouts, model.addGradients(batch, now -> slopes(rollouts, now)), Optional.empty());
        }
    }

    private float[] slopes(Rollouts rollouts, float[] now) {
        float[] slopes = new float[now.length];
        for (int i = 0; i < slopes.length; i++) {
            if (rollouts.counts(i)) {
                slopes[i] = (float) (rollouts.share(i) * loss.slopeAt(now[i], rollouts.oldLogProbabilities()[i], reference(rollouts, i),
                        rollouts.advantages()[i]));
            }
        }
        return slopes;
    }

    private static double reference(Rollouts rollouts, int position) {
        return rollouts.referenceLogProbabilities().map(each -> (double) each[position]).orElse(0.0);
    }

    /// @param only where given, the log-probabilities of those places alone are known at which it is not 0
    private void add(Rollouts rollouts, float[] now, Optional<float[]> only) {
        for (int i = 0; i < now.length; i++) {
            if (rollouts.counts(i) && (only.isEmpty() || only.get()[i] != 0)) {
                double old = rollouts.oldLogProbabilities()[i];
                double advantage = rollouts.advantages()[i];
                sums.loss += rollouts.share(i) * loss.at(now[i], old, reference(rollouts, i), advantage);
                sums.tokens++;
                sums.surprise -= now[i];
                sums.ratio += Math.exp(now[i] - old);
                sums.clipped += loss.isClipped(now[i], old, advantage) ? 1 : 0;
                sums.gap += Math.abs(now[i] - old);
                sums.largestGap = Math.max(sums.largestGap, Math.abs(now[i] - old));
                if (rollouts.referenceLogProbabilities().isPresent()) {
                    sums.withReference++;
                    sums.divergence += PolicyLoss.divergence(now[i], reference(rollouts, i));
                }
            }
        }
    }

    /// Ends a step.
    public PolicyStatistics takeStatistics() {
        Sums taken = sums;
        sums = new Sums();
        double tokens = Math.max(1, taken.tokens);
        return new PolicyStatistics(taken.loss, taken.tokens, taken.surprise / tokens,
                taken.withReference == 0 ? Optional.empty() : Optional.of(taken.divergence / taken.withReference), taken.ratio / tokens,
                taken.clipped / tokens, taken.gap / tokens, taken.largestGap);
    }

    private static final class Sums {
        private double loss;
        private long tokens;
        private double surprise;
        private long withReference;
        private double divergence;
        private double ratio;
        private long clipped;
        private double gap;
        private double largestGap;
    }
}
