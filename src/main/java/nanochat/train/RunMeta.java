package nanochat.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import nanochat.checkpoint.Adapter;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.data.TrainingPosition;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.model.GptConfigFields;
import nanochat.objective.ObjectiveChoice;
import tools.jackson.databind.JsonNode;

/// The meta file of a training run's checkpoint: with weights and moments, all that the run needs to go on.
///
/// @param <P> what kind of run it is
/// @param <S> where in its data such a run can be
/// @param step optimizer steps taken
/// @param valBpb bits per byte of the last validation
/// @param modelConfig the model's shape
/// @param tokenizerSha256 which tokenizer the data was made with
/// @param userConfig the options of the run by name
/// @param plan what followed from them
/// @param state with which it goes on
public record RunMeta<P extends RunPlan, S extends TrainingPosition>(int step, Optional<Double> valBpb, GptConfigFields modelConfig,
        String tokenizerSha256, Map<String, String> userConfig, P plan, RunState<S> state) {
    /// What the model is trained with, where everything else that opens a checkpoint finds it.
    @JsonProperty
    public ObjectiveChoice objective() {
        return plan.objective();
    }

    /// Whose adapter the checkpoint is, where everything else that opens a checkpoint finds it.
    @JsonProperty
    public Optional<Adapter> adapter() {
        return plan.adapter().map(AdapterPlan::adapter);
    }

    /// Behind which tokens the model answers, where everything else that opens a checkpoint finds it.
    @JsonProperty
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public List<Integer> prompt() {
        return plan.prompt();
    }

    private RunMeta(P plan, RunState<S> state, String tokenizerSha256, Map<String, String> userConfig) {
        this(state.step(), state.bitsPerByte(), GptConfigFields.of(plan.config()), tokenizerSha256, userConfig, plan, state);
    }

    /// Of a run that begins.
    ///
    /// @param position the beginning of its data
    static <P extends RunPlan, S extends TrainingPosition> RunMeta<P, S> beginning(P plan, S position, TokenizerCopy tokenizer,
            Map<String, String> userConfig) {
        return new RunMeta<>(plan, RunState.beginning(position), tokenizer.sha256(), userConfig);
    }

    /// The same run later.
    RunMeta<P, S> at(RunState<S> later) {
        return new RunMeta<>(plan, later, tokenizerSha256, userConfig);
    }

    /// The run that goes on from this checkpoint.
    ///
    /// @param checkpoints that this one is of
    /// @throws BadInputException when the plan is one of another model, or ends before this step
    RunMeta<P, S> resumed(CheckpointDirectory checkpoints, P planned, Map<String, String> options) {
        if (!planned.objective().equals(objective())) {
            throw BadInputException.about(
                    "Cannot resume: the checkpoint in %s is of another objective. Its %s is %s, the options ask for %s",
                    checkpoints.folder(), RunSettings.OBJECTIVE, Json.line(objective()), Json.line(planned.objective()));
        }
        GptConfigFields wanted = GptConfigFields.of(planned.config());
        if (!wanted.equals(modelConfig)) {
            throw new BadInputException("Cannot resume: the checkpoint in " + checkpoints.folder() + " is of another model. "
                    + differences(Json.LINE.valueToTree(modelConfig), Json.LINE.valueToTree(wanted)));
        }
        if (step > planned.iterations()) {
            throw BadInputException.about("Cannot resume: the checkpoint is of step %d, but the run shall have only %d steps. Raise %s.",
                    step, planned.iterations(), RunSettings.ITERATIONS);
        }
        return new RunMeta<>(planned, state, tokenizerSha256, options);
    }

    /// Checks that a run goes on as it was begun; whether blocks are computed again may change.
    ///
    /// @param checkpoints that this one is of
    /// @throws BadInputException when the plan is another one
    void checkPlan(CheckpointDirectory checkpoints, P planned) {
        if (!plan.withRecompute(planned.recompute()).equals(planned)) {
            throw new BadInputException("Cannot resume: the checkpoint in " + checkpoints.folder() + " is of another plan: " + plan);
        }
    }

    private static String differences(JsonNode saved, JsonNode wanted) {
        return saved.propertyNames().stream().filter(name -> !saved.path(name).equals(wanted.path(name)))
                .map(name -> "Its " + name + " is " + saved.path(name).asString() + ", the options ask for " + wanted.path(name).asString())
                .collect(Collectors.joining(". "));
    }

    /// The tokenizer beside the checkpoint.
    ///
    /// @throws BadInputException when it is missing, or not the one of the run
    TokenizerCopy tokenizer(CheckpointDirectory checkpoints) {
        return TokenizerCopy.load(checkpoints.folder(), tokenizerSha256, modelConfig.vocabSize() - objective().extraTokens());
    }
}
