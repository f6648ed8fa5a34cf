package nanochat.train;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.ParameterNames;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ReinforcementSchedule;
import nanochat.task.ConversationPosition;
import nanochat.task.Problems;
import nanochat.tensor.DType;
import nanochat.train.ReinforcementOptions.Cadence;

/// Everything that decides a run of reinforcement learning.
///
/// @param startStep the step of the checkpoint that it begins with
/// @param rows of one micro-batch, where they are as long as the context
/// @param settings of the optimizer, those of fine-tuning
/// @param compute the type of matrix products
/// @param blocksAlone whether the blocks alone are trained; false where a checkpoint does not say
/// @param averaged whether it ends with the mean of its weights; false where a checkpoint does not say
/// @param recompute false where a checkpoint does not say
public record ReinforcementPlan(GptConfig config, int startStep, String task, RolloutSettings rollouts, PolicyOptions policy, int rows,
        OptimizerSettings settings, ReinforcementSchedule schedule, Cadence cadence, DType compute,
        @JsonSetter(nulls = Nulls.AS_EMPTY) boolean blocksAlone, @JsonSetter(nulls = Nulls.AS_EMPTY) boolean averaged,
        @JsonSetter(nulls = Nulls.AS_EMPTY) boolean recompute) implements RunPlan {
    /// Works out the run that goes on from a chat model.
    ///
    /// @param start the meta file of its checkpoint
    /// @throws BadInputException when the options do not fit the model; the message names them
    public static ReinforcementPlan of(ReinforcementOptions options, RunMeta<FinetuningPlan, ConversationPosition> start,
            Problems problems) {
        GptConfig config = start.plan().config();
        RolloutSettings rollouts = options.rollouts();
        Cadence cadence = options.cadence();
        RunSettings.atLeast(1, options.rows(), RunSettings.ROWS);
        RunSettings.atLeast(1, options.epochs(), RunSettings.EPOCHS);
        RunSettings.atLeast(1, cadence.problems(), RunSettings.EVALUATION_EXAMPLES);
        RunSettings.atLeast(1, cadence.samples(), RunSettings.EVALUATION_SAMPLES);
        if (rollouts.maximumTokens() >= config.sequenceLength() && options.policy().lengthPenalty() > 0) {
            throw BadInputException.about(
                    "%s %d leaves no room for the %d tokens of the model's context: the penalty would never be reached",
                    RunSettings.MAXIMUM_TOKENS, rollouts.maximumTokens(), config.sequenceLength());
        }
        int iterations = options.iterations().orElseGet(() -> Math.max(1, problems.size() / rollouts.problems() * options.epochs()));
        return new ReinforcementPlan(config, start.step(), problems.name(), rollouts, options.policy(), options.rows(),
                start.plan().settings().withWeightDecay(0), new ReinforcementSchedule(iterations, options.initialLearningRateFraction()),
                cadence, options.compute(), options.blocksAlone(), options.averaged(), false);
    }

    @Override
    public ReinforcementPlan withRecompute(boolean wanted) {
        return new ReinforcementPlan(config, startStep, task, rollouts, policy, rows, settings, schedule, cadence, compute, blocksAlone,
                averaged,
                wanted);
    }

    @Override
    public boolean trains(String parameter) {
        return !blocksAlone || ParameterNames.isOfBlock(parameter);
    }

    /// Tokens of a micro-batch, padding included.
    int positions() {
        return rows * config.sequenceLength();
    }

    /// Rows of prompts and answers.
    Padding padding() {
        return new Padding(positions(), 1, config.sequenceLength());
    }

    @Override
    public int iterations() {
        return schedule.iterations();
    }

    /// At most: answers may be shorter.
    @Override
    public long totalBatch() {
        return (long) rollouts.problems() * rollouts.samples() * rollouts.maximumTokens();
    }

    @Override
    public BadInputException diverged(int step, double loss, String saved) {
        return BadInputException.about("The loss is %s at step %d: reinforcement learning has diverged. Lower %s; %s", loss, step,
                RunSettings.INITIAL_LEARNING_RATE_FRACTION, saved);
    }

    @Override
    public List<String> describe() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT,
                "Reinforcement learning on %s: %d steps of %d problems, %d answers to each of at most %d tokens,"
                        + " at temperature %s%s", task, iterations(), rollouts.problems(), rollouts.samples(), rollouts.maximumTokens(),
                rollouts
                        .temperature(), rollouts.topK() > 0 ? " of the " + rollouts.topK() + " likeliest tokens" : ""));
        lines.add("Policy: " + String.join(", ", policyInWords()));
        lines.add(String.format(Locale.ROOT,
                "Learning rates: %.3g times those of pretraining, falling to 0%s; from step %d of fine-tuning%s",
                schedule.initialFraction(), blocksAlone ? ", of the blocks alone" : "", startStep, averaged
                        ? "; the mean of all steps' weights is what comes out"
                        : ""));
        return lines;
    }

    /// How answers are learned from.
    public List<String> policyInWords() {
        List<String> words = new ArrayList<>();
        words.add(policy.standardised() ? "advantages by the standard deviation" : "advantages centred");
        words.add(switch (policy.normalization()) {
            case TOKEN -> "all tokens alike";
            case ROW -> "all answers alike";
            case LENGTH -> "all tokens alike, by the longest answer";
        });
        policy.clip().ifPresent(clip -> words.add("ratios from " + (1 - clip.low()) + " to " + (1 + clip.high())));
        if (policy.updatesPerStep() > 1) {
            words.add(policy.updatesPerStep() + " updates a step");
        }
        if (policy.klCoefficient() > 0) {
            words.add(policy.klCoefficient() + " for each nat from the start");
        }
        if (policy.resamplings() > 0) {
            words.add("groups without signal replaced");
        }
        if (policy.lengthPenalty() > 0) {
            words.add("the last " + policy.lengthPenalty() + " tokens cost");
        }
        return words;
    }
}
