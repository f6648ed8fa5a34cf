package nanochat.train;

import java.util.Optional;
import nanochat.tensor.DType;

/// What a user decides about a run of reinforcement learning; the rest is inherited from the model it begins with.
///
/// @param iterations steps; empty for `epochs` times through the problems
/// @param rows of one micro-batch, where they are as long as the context; as many tokens in shorter rows
/// @param initialLearningRateFraction the learning rates at the start, as a share of those of pretraining
/// @param blocksAlone whether the blocks alone are trained: the embeddings of the few words that a step has would move as far as its blocks, and for little reason
/// @param averaged whether the model becomes the mean of its weights after every update: it keeps more of what it could before
/// @param compute the type of matrix products, F32 or BF16
public record ReinforcementOptions(RolloutSettings rollouts, PolicyOptions policy, Optional<Integer> iterations, int epochs, int rows,
        double initialLearningRateFraction, boolean blocksAlone, boolean averaged, Cadence cadence, DType compute) {
    /// Of a model of the speedrun on its problems, found by trial: problems of a step, answers to each, the learning rates as a share of those of
    /// pretraining, rows of a micro-batch.
    public static final int PROBLEMS = 48;
    public static final int SAMPLES = 8;
    public static final double LEARNING_RATES = 0.4;
    public static final int ROWS = 12;
    /// nanochat's.
    public static final int TOP_K = 50;
    public static final long SEED = 42;

    /// How problems are asked unless somebody wants it otherwise.
    ///
    /// @param longest tokens of an answer
    static RolloutSettings rollouts(int longest) {
        return new RolloutSettings(PROBLEMS, SAMPLES, longest, 1, TOP_K, SEED);
    }

    /// What is measured and saved on the way, and how often.
    ///
    /// @param evaluateEvery so many steps, before the first and after the last one too; never where it is not above 0
    /// @param problems held-out ones that are asked then, at most
    /// @param samples answers to each
    /// @param saveEvery so many steps; only at the end where it is not above 0
    public record Cadence(int evaluateEvery, int problems, int samples, int saveEvery) {}
}
