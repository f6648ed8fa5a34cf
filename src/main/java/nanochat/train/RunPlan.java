package nanochat.train;

import java.util.List;
import nanochat.model.GptConfig;

/// Everything that decides a run, worked out before any of it is spent.
public sealed interface RunPlan permits PretrainingPlan, FinetuningPlan {
    /// The model's shape.
    GptConfig config();

    /// Steps of the run.
    int iterations();

    /// Tokens of one step.
    long totalBatch();

    /// What will be done, in words.
    List<String> describe();
}
