package nanochat.train;

import java.util.Locale;
import java.util.Optional;
import nanochat.data.TrainingPosition;

/// Where a run of reinforcement learning is beside its weights: what it asks next, and what it has come to. Draws need no state: each depends on nothing but
/// the run's seed, the step, the problem and the number of the sample.
///
/// @param source the fingerprint of the problems
/// @param epoch counted from 1
/// @param next the problem to ask next
/// @param updates of the weights; as many as steps, but where every update takes part of a step or a step had nothing to teach
/// @param before pass@1 on held-out problems before the first step
/// @param now the same when it was last measured
/// @param spent what the steps took and showed
public record RolloutPosition(String source, int epoch, int next, int updates, Optional<Double> before, Optional<Double> now, Spent spent)
        implements
            TrainingPosition {
    /// What the steps took and showed.
    ///
    /// @param rolloutSeconds spent on answers, from taking over the weights to the last reward
    /// @param updateSeconds spent on learning from them
    /// @param logProbabilityGap the most that a step's mean distance between the log-probabilities of the engine and of the training pass was, in nats
    public record Spent(double rolloutSeconds, double updateSeconds, double logProbabilityGap) {
        Spent plus(double rollouts, double learning, double gap) {
            return new Spent(rolloutSeconds + rollouts, updateSeconds + learning, Math.max(logProbabilityGap, gap));
        }
    }

    static RolloutPosition beginning(String source) {
        return new RolloutPosition(source, 1, 0, 0, Optional.empty(), Optional.empty(), new Spent(0, 0, 0));
    }

    /// What the run has gained so far, in words; empty where it was not measured.
    public Optional<String> gain() {
        return before.flatMap(first -> now.map(last -> String.format(Locale.ROOT,
                "pass@1 on held-out problems: %.1f%% before, %.1f%% now", 100 * first, 100 * last)));
    }

    /// After one more problem was taken.
    RolloutPosition passed(int size) {
        boolean last = next == size - 1;
        return new RolloutPosition(source, last ? epoch + 1 : epoch, last ? 0 : next + 1, updates, before, now, spent);
    }

    RolloutPosition updated(int times, Spent later) {
        return new RolloutPosition(source, epoch, next, updates + times, before, now, later);
    }

    /// After pass@1 was measured.
    RolloutPosition measured(double passAtOne) {
        return new RolloutPosition(source, epoch, next, updates, before.or(() -> Optional.of(passAtOne)), Optional.of(passAtOne), spent);
    }
}
