package nanochat.train;

import nanochat.data.Packing;
import nanochat.objective.ObjectiveChoice;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.DType;

/// What a user decides about a pretraining run; [PretrainingPlan] works out the rest. [#UNSET] where that shall decide.
///
/// @param objective what is predicted from what
/// @param settings before scaling laws carry them over to the model's size
/// @param compute the type of matrix products, F32 or BF16
/// @param seed of the model's initial weights, and of what an objective hides
public record PretrainingOptions(ModelDials model, ObjectiveChoice objective, Horizon horizon, BatchSizes batch, OptimizerSettings settings,
        Warmth warmth, Cadence cadence, Packing packing, DType compute, long seed) {
    /// Of a model that predicts the next token.
    public PretrainingOptions(ModelDials model, Horizon horizon, BatchSizes batch, OptimizerSettings settings, Warmth warmth,
            Cadence cadence, Packing packing, DType compute, long seed) {
        this(model, ObjectiveChoice.nextToken(), horizon, batch, settings, warmth, cadence, packing, compute, seed);
    }

    /// Stands for "not given" wherever a number is optional; also for "never" in a [Cadence].
    public static final int UNSET = -1;

    /// What sets the model's shape, with the vocabulary.
    ///
    /// @param depth number of layers
    /// @param aspectRatio width per layer
    /// @param headSize the width is rounded up to a multiple of it
    /// @param sequenceLength T
    /// @param windowPattern letters L and S
    public record ModelDials(int depth, int aspectRatio, int headSize, int sequenceLength, String windowPattern) {}

    /// How long to train: the first of the three that is above 0 decides.
    public record Horizon(int iterations, double targetFlops, double tokensPerParameter) {}

    /// @param rows B, rows of one micro-batch
    /// @param totalTokens tokens of one step, or [#UNSET] for what the scaling laws find best
    public record BatchSizes(int rows, int totalTokens) {}

    /// The course of the learning rate, see [nanochat.optim.PretrainingSchedule].
    public record Warmth(int warmupSteps, double warmdownRatio, double finalLearningRateFraction) {}

    /// What happens every so many steps besides training, and at the end of it; [#UNSET] for never (saving: only at the end).
    ///
    /// @param evaluateEvery steps from one validation to the next
    /// @param evaluationTokens predictions of one validation, or [#UNSET] for [PretrainingPlan#EVALUATED_BATCHES] times the total batch
    /// @param sampleEvery steps from one round of samples to the next
    /// @param saveEvery steps from one checkpoint to the next
    public record Cadence(int evaluateEvery, long evaluationTokens, int sampleEvery, int saveEvery) {}
}
