package nanochat.train;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.eval.CoreScores;
import nanochat.eval.HeldOut;
import nanochat.eval.SamplePrompt;
import nanochat.io.Machine;
import nanochat.model.GptConfigFields;
import nanochat.objective.PreferenceStatistics;
import nanochat.objective.RepresentationStatistics;

/// Something that happened in a run. As JSON it is a line of the run's metrics, told apart by `type`.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface RunEvent {
    /// How many optimizer steps came before.
    int step();

    /// A run begins, or goes on after step `step`.
    ///
    /// @param version the program and its commit
    /// @param backend what computes, in words
    /// @param options as the user gave them or left them, by name
    @JsonTypeName("run")
    record Started(int step, String version, Machine machine, String backend, GptConfigFields modelConfig, RunPlan plan,
            Map<String, String> options) implements RunEvent {
        public Started {
            options = Map.copyOf(options);
        }
    }

    /// One optimizer step was taken.
    ///
    /// @param loss mean over the step's targets, in nats
    /// @param smoothLoss its moving average
    /// @param learningRateMultiplier what the schedule said
    /// @param milliseconds the step took
    /// @param gigaflopsPerSecond floating-point operations of the model alone
    /// @param epoch of the training data, counted from 1
    /// @param trainingSeconds spent in steps since the run began, interruptions left out
    /// @param secondsLeft at the pace of the last steps
    /// @param memoryBytes that the process has after it; empty where the system does not tell
    @JsonTypeName("step")
    record Stepped(int step, double loss, double smoothLoss, double learningRateMultiplier, double milliseconds, double tokensPerSecond,
            double gigaflopsPerSecond, int epoch, double trainingSeconds, double secondsLeft, Optional<Long> memoryBytes)
            implements
                RunEvent {}

    /// The model was validated.
    @JsonTypeName("evaluation")
    record Evaluated(int step, double bitsPerByte, long tokens, long bytes, double seconds) implements RunEvent {}

    /// The model was validated, by an objective that defines no exact bits per byte.
    @JsonTypeName("held_out")
    record ValidatedOtherwise(int step, HeldOut heldOut, long tokens, long bytes, double seconds) implements RunEvent {}

    /// The model completed the seven prompts.
    @JsonTypeName("samples")
    record Sampled(int step, List<SamplePrompt.Completion> completions) implements RunEvent {
        public Sampled {
            completions = List.copyOf(completions);
        }
    }

    /// The CORE evaluation was made.
    @JsonTypeName("core")
    record CoreMeasured(int step, CoreScores core, double seconds) implements RunEvent {}

    /// Answers were rewarded and learned from, in one step of reinforcement learning.
    @JsonTypeName("rewards")
    record Rewarded(int step, RolloutMetrics metrics) implements RunEvent {}

    /// The model was asked held-out problems.
    ///
    /// @param answers to some of them; always the first one to the same problems
    @JsonTypeName("pass")
    record PassMeasured(int step, PassScores scores, List<ShownAnswer> answers, double seconds) implements RunEvent {
        public PassMeasured {
            answers = List.copyOf(answers);
        }
    }

    /// An answer, for people to read.
    ///
    /// @param answer with tool calls and their results in brackets
    record ShownAnswer(String question, String answer, double reward, boolean solved) {}

    /// Pairs of answers were learned from, in one step.
    @JsonTypeName("preferences")
    record Compared(int step, PreferenceStatistics preferences) implements RunEvent {}

    /// The model was validated on pairs of answers.
    @JsonTypeName("preference_validation")
    record Judged(int step, PreferenceStatistics preferences, double seconds) implements RunEvent {}

    /// Something was learned in the space of representations, in one step.
    @JsonTypeName("representation")
    record Represented(int step, RepresentationStatistics representation) implements RunEvent {}

    /// A checkpoint was written.
    @JsonTypeName("checkpoint")
    record Saved(int step, Path folder) implements RunEvent {}

    /// Something that people should know of the run, in words.
    @JsonTypeName("note")
    record Noted(int step, String text) implements RunEvent {}

    /// The run ended before its last step because it was asked to; its state is saved.
    @JsonTypeName("stopped")
    record Stopped(int step) implements RunEvent {}
}
