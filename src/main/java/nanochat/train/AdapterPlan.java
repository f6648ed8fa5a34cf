package nanochat.train;

import nanochat.checkpoint.Adapter;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.ParameterCounts;

/// What is trained beside a model that stays as it is, and how.
///
/// @param adapter what it is, and whose
/// @param learningRate of AdamW, before the schedule multiplies it
/// @param seed of the numbers that it starts with
public record AdapterPlan(Adapter adapter, double learningRate, long seed) {
    /// Large beside what others take for large models: it was found on small ones (docs/tuning.md).
    public static final double DEFAULT_LEARNING_RATE = 0.01;

    public AdapterPlan {
        if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw BadInputException.about("%s must be above 0, is %s", RunSettings.TUNE_LEARNING_RATE, learningRate);
        }
    }

    /// How many numbers are trained.
    long parameters(GptConfig config) {
        return adapter.tuning().parameters(config);
    }

    /// The same as a share of the model's own.
    double share(GptConfig config) {
        return (double) parameters(config) / ParameterCounts.of(config).total();
    }
}
