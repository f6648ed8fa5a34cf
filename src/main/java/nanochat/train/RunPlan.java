package nanochat.train;

import java.util.List;
import java.util.Optional;
import nanochat.checkpoint.ModelStage;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.model.Flops;
import nanochat.model.GptConfig;
import nanochat.objective.ObjectiveChoice;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.DType;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Everything that decides a run, worked out before any of it is spent.
public sealed interface RunPlan permits PretrainingPlan, FinetuningPlan, ReinforcementPlan, PreferencePlan {
    /// Reads the plan of a run from its metrics or a checkpoint; empty where another version wrote it.
    ///
    /// @param stage of the run
    static Optional<RunPlan> read(ModelStage stage, JsonNode written) {
        if (!written.isObject()) {
            return Optional.empty();
        }
        try {
            return switch (stage) {
                case BASE -> Optional.of(Json.LINE.treeToValue(written, PretrainingPlan.class));
                case SFT, ADAPTER -> Optional.of(Json.LINE.treeToValue(written, FinetuningPlan.class));
                case RL -> Optional.of(Json.LINE.treeToValue(written, ReinforcementPlan.class));
                case DPO -> Optional.of(Json.LINE.treeToValue(written, PreferencePlan.class));
            };
        } catch (JacksonException | NullPointerException ofAnotherVersion) {
            return Optional.empty();
        }
    }

    /// The model's shape.
    GptConfig config();

    /// What is predicted from what; what everything after pretraining goes on with is the next token.
    default ObjectiveChoice objective() {
        return ObjectiveChoice.nextToken();
    }

    /// Floating-point operations for a token of a row, forward and backward.
    default long flopsPerToken() {
        return Flops.perToken(config());
    }

    /// What is trained beside a model that stays as it is; empty where the model itself is.
    default Optional<AdapterPlan> adapter() {
        return Optional.empty();
    }

    /// Tokens that stand before every row, with the keys and values that the model made of them before the run (docs/tuning.md#frozen-prompts).
    default List<Integer> prompt() {
        return List.of();
    }

    /// T, tokens of a row: what a prompt leaves of the context.
    default int rowLength() {
        return config().sequenceLength() - prompt().size();
    }

    /// Steps of the run.
    int iterations();

    /// Tokens of one step.
    long totalBatch();

    /// Of the optimizer.
    OptimizerSettings settings();

    /// The type of matrix products.
    DType compute();

    /// Whether the backward pass computes every block again instead of keeping its activations. It decides nothing but time and memory: the
    /// same run goes on with it and without.
    boolean recompute();

    /// Whether the parameter of this name is trained.
    default boolean trains(@SuppressWarnings("unused") String parameter) {
        return adapter().isEmpty();
    }

    /// Whether the run ends with the mean of the weights after every update, instead of the last ones.
    default boolean averaged() {
        return false;
    }

    /// The same run in less memory and more time, or the other way round.
    RunPlan withRecompute(boolean wanted);

    /// What will be done, in words.
    List<String> describe();

    /// The error that ends a run whose loss is no number; it says what to change about such a run.
    ///
    /// @param saved what there is to go on from, in words
    BadInputException diverged(int step, double loss, String saved);
}
