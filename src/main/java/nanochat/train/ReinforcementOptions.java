package nanochat.train;

import java.util.Optional;
import nanochat.tensor.DType;

/// What a user decides about a run of reinforcement learning; the rest is inherited from the model it begins with.
///
/// @param iterations steps; empty for `epochs` times through the problems
/// @param rows of one micro-batch, where they are as long as the context; as many tokens in shorter rows
/// @param initialLearningRateFraction the learning rates at the start, as a share of those of pretraining
/// @param compute the type of matrix products, F32 or BF16
public record ReinforcementOptions(RolloutSettings rollouts, PolicyOptions policy, Optional<Integer> iterations, int epochs, int rows,
        double initialLearningRateFraction, Cadence cadence, DType compute) {
    /// What is measured and saved on the way, and how often.
    ///
    /// @param evaluateEvery so many steps, before the first and after the last one too; never where it is not above 0
    /// @param problems held-out ones that are asked then, at most
    /// @param samples answers to each
    /// @param saveEvery so many steps; only at the end where it is not above 0
    public record Cadence(int evaluateEvery, int problems, int samples, int saveEvery) {}
}
