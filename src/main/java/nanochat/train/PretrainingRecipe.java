package nanochat.train;

import nanochat.optim.OptimizerSettings;

/// Recipes of pretraining: names for a batch, learning rates and a warm-up that go together, nothing else (docs/formulas.md#small-runs).
public enum PretrainingRecipe {
    /// nanochat's, found on models of depth 12 and more: the batch that the scaling laws find best, and learning rates carried over to it.
    ORIGINAL,
    /// For runs of seconds to minutes: small batches, so that there are hundreds of steps and not a few dozen.
    SMALL;

    /// Floating-point operations below which a run is small.
    public static final double SMALL_RUN = 1e15;

    private static final int SMALL_BATCH = 4096;
    private static final double SMALL_LEARNING_RATES = 8;
    private static final int WARMUP_STEPS = 40;

    /// Tokens of a step, or [PretrainingOptions#UNSET] for what the scaling laws find best.
    ///
    /// @param microBatch tokens of a micro-batch; a step has at least one
    public int totalBatch(int microBatch) {
        return switch (this) {
            case ORIGINAL -> PretrainingOptions.UNSET;
            case SMALL -> Math.toIntExact(Math.max(1, Math.round((double) SMALL_BATCH / microBatch)) * microBatch);
        };
    }

    /// Before they are carried over to the batch.
    public OptimizerSettings settings() {
        return switch (this) {
            case ORIGINAL -> OptimizerSettings.DEFAULT;
            case SMALL -> OptimizerSettings.DEFAULT.withLearningRatesTimes(SMALL_LEARNING_RATES);
        };
    }

    /// Steps over which the learning rate rises.
    public int warmupSteps() {
        return WARMUP_STEPS;
    }
}
