package nanochat.train;

import java.util.List;
import java.util.Optional;
import nanochat.tensor.DType;

/// What a user decides about a run of fine-tuning; the rest is inherited from pretraining.
///
/// @param iterations steps; empty for one epoch
/// @param rows B, rows of one micro-batch; empty for as many as in pretraining
/// @param initialLearningRateFraction the learning rates at the start, as a share of those of pretraining
/// @param warmdownRatio share of the run over which they fall
/// @param cadence of evaluations and checkpoints; nothing is sampled
/// @param compute the type of matrix products, F32 or BF16
/// @param prompt tokens before every row; none, where the model sees conversations alone
public record FinetuningOptions(Optional<Integer> iterations, Optional<Integer> rows, double initialLearningRateFraction,
        double warmdownRatio, PretrainingOptions.Cadence cadence, DType compute,
        List<Integer> prompt) {
    public FinetuningOptions {
        prompt = List.copyOf(prompt);
    }

    /// Of conversations alone.
    public FinetuningOptions(Optional<Integer> iterations, Optional<Integer> rows, double initialLearningRateFraction,
            double warmdownRatio, PretrainingOptions.Cadence cadence, DType compute) {
        this(iterations, rows, initialLearningRateFraction, warmdownRatio, cadence, compute, List.of());
    }
}
