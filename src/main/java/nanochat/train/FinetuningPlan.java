package nanochat.train;

import static nanochat.train.RunSettings.EVALUATION_TOKENS;
import static nanochat.train.RunSettings.INITIAL_LEARNING_RATE_FRACTION;
import static nanochat.train.RunSettings.ROWS;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nanochat.conversation.Rendering;
import nanochat.data.Batch;
import nanochat.data.LoaderState;
import nanochat.io.BadInputException;
import nanochat.io.Progress;
import nanochat.io.Setting;
import nanochat.model.Flops;
import nanochat.model.GptConfig;
import nanochat.model.Tuning;
import nanochat.objective.ObjectiveChoice;
import nanochat.optim.FinetuningSchedule;
import nanochat.optim.OptimizerSettings;
import nanochat.task.ConversationPacker;
import nanochat.task.Task;
import nanochat.tensor.DType;
import nanochat.train.PretrainingOptions.Cadence;

/// Everything that decides a run of fine-tuning.
///
/// @param baseStep the step of the base model's checkpoint; its moments have seen so many updates
/// @param rows B
/// @param microSteps micro-batches of one step
/// @param settings of the optimizer, those of pretraining without their weight decay
/// @param cadence with nothing unset but what shall never happen
/// @param compute the type of matrix products
/// @param recompute false where a checkpoint does not say
/// @param adapter what is trained, where the model itself stays as it is
/// @param prompt tokens before every row; a checkpoint without one does not say
public record FinetuningPlan(GptConfig config, int baseStep, int rows, int microSteps, OptimizerSettings settings,
        FinetuningSchedule schedule, Cadence cadence, DType compute, @JsonSetter(nulls = Nulls.AS_EMPTY) boolean recompute,
        Optional<AdapterPlan> adapter, @JsonSetter(nulls = Nulls.AS_EMPTY) List<Integer> prompt)
        implements
            RunPlan {
    /// So many positions of the context are left for conversations, at least.
    private static final int SHORTEST_ROW = 16;
    private static final Setting FROZEN_PROMPT = new Setting("frozen_prompt");

    /// How many total batches one validation takes where nothing else was said.
    private static final int EVALUATED_BATCHES = 10;

    /// Works out the run that fine-tunes a base model.
    ///
    /// @param base the meta file of its checkpoint
    /// @param training what it is trained on; gone through once, to count its batches, where the options do not say how many steps
    /// @throws BadInputException when the options do not fit the base model; the message names them
    public static FinetuningPlan of(FinetuningOptions options, RunMeta<PretrainingPlan, LoaderState> base, Task training,
            Rendering rendering) {
        return of(options, base.step(), base.plan(), base.plan().layout().rows(), training, rendering);
    }

    /// The same of any model that writes from left to right.
    ///
    /// @param baseStep the step of its checkpoint
    /// @param before the run that trained it
    /// @param rowsBefore rows of a micro-batch of that run
    /// @throws BadInputException when the options do not fit the model; the message names them
    public static FinetuningPlan of(FinetuningOptions options, int baseStep, RunPlan before, int rowsBefore, Task training,
            Rendering rendering) {
        ObjectiveChoice objective = before.objective();
        if (!objective.writesOn()) {
            throw BadInputException.about(
                    "The base model was trained with %s %s, and cannot write an answer from left to right. Fine-tune one that was"
                            + " trained with %s next-token, prefix, multi-token or next-token-jepa",
                    RunSettings.OBJECTIVE,
                    objective.option(), RunSettings.OBJECTIVE);
        }
        GptConfig config = before.config();
        if (!before.prompt().isEmpty()) {
            throw new BadInputException(
                    "The model answers behind a frozen prompt, and nothing is trained beside such a model: take its base model, "
                            + "and the prompt with it");
        }
        int length = config.sequenceLength();
        int rowLength = length - options.prompt().size();
        if (!options.prompt().isEmpty() && rowLength < SHORTEST_ROW) {
            throw BadInputException.about("%s: it has %d tokens, and the model sees %d: that leaves no room for conversations. Shorten it",
                    FROZEN_PROMPT, options.prompt().size(), length);
        }
        int rows = options.rows().orElse(rowsBefore);
        long totalBatch = before.totalBatch();
        if (rows < 1 || totalBatch % ((long) rows * length) != 0) {
            throw BadInputException.about(
                    "%s %d: the base model was trained with %d tokens a step, which is not a multiple of %d x %d tokens."
                            + " It had %d rows.", ROWS, rows, totalBatch, rows, length, rowsBefore);
        }
        int microSteps = Math.toIntExact(totalBatch / ((long) rows * length));
        int iterations = options.iterations()
                .orElseGet(() -> Math.max(1, batchesOfAnEpoch(training, rendering, rows, rowLength) / microSteps));
        Cadence cadence = options.cadence();
        long evaluationTokens = cadence.evaluationTokens() == PretrainingOptions.UNSET
                ? (long) EVALUATED_BATCHES * microSteps * rows * rowLength
                : cadence.evaluationTokens();
        RunSettings.atLeast(1, evaluationTokens, EVALUATION_TOKENS);
        return new FinetuningPlan(config, baseStep, rows, microSteps, before.settings().withWeightDecay(0),
                new FinetuningSchedule(iterations, options.initialLearningRateFraction(), options.warmdownRatio()),
                new Cadence(cadence.evaluateEvery(), evaluationTokens, PretrainingOptions.UNSET, cadence.saveEvery()), options.compute(),
                false, Optional.empty(), options.prompt());
    }

    @Override
    public FinetuningPlan withRecompute(boolean wanted) {
        return new FinetuningPlan(config, baseStep, rows, microSteps, settings, schedule, cadence, compute, wanted, adapter, prompt);
    }

    /// The same run that trains something beside the model and leaves it as it is.
    public FinetuningPlan withAdapter(AdapterPlan tuned) {
        tuned.parameters(config); // refuses what does not fit the model
        if (!prompt.isEmpty() && tuned.adapter().tuning().prefixTokens() > 0) {
            throw BadInputException.about("%s and %s are both what stands before the text: take one of them", FROZEN_PROMPT,
                    Tuning.PREFIX_TOKENS);
        }
        return new FinetuningPlan(config, baseStep, rows, microSteps, settings, schedule, cadence, compute, recompute, Optional.of(tuned),
                prompt);
    }

    @Override
    public long flopsPerToken() {
        return adapter.map(tuned -> Flops.perTokenBeside(config, tuned.adapter().tuning())).orElseGet(() -> Flops.perToken(config));
    }

    private static int batchesOfAnEpoch(Task training, Rendering rendering, int rows, int length) {
        ConversationPacker packer = ConversationPacker.once(training, rendering, rows, length);
        int batches = 0;
        for (Optional<Batch> batch = packer.next(); batch.isPresent(); batch = packer.next()) {
            batches++;
        }
        return batches;
    }

    @Override
    public BadInputException diverged(int step, double loss, String saved) {
        return BadInputException.about("The loss is %s at step %d: fine-tuning has diverged. Lower %s; %s", loss, step,
                adapter.isPresent() ? RunSettings.TUNE_LEARNING_RATE : INITIAL_LEARNING_RATE_FRACTION, saved);
    }

    @Override
    public int iterations() {
        return schedule.iterations();
    }

    @Override
    public long totalBatch() {
        return (long) microSteps * rows * rowLength();
    }

    @Override
    public List<String> describe() {
        return List.of(
                String.format(Locale.ROOT, "Fine-tuning: %d steps of %d tokens (%d x %d x %d), %s tokens in all, padding included",
                        iterations(), totalBatch(), microSteps, rows, rowLength(), Progress.count((double) totalBatch()
                                * iterations())),
                adapter.map(this::describe).orElseGet(() -> String.format(Locale.ROOT,
                        "Learning rates: %.3g times those of step %d of pretraining", schedule.initialFraction(), baseStep)));
    }

    private String describe(AdapterPlan tuned) {
        return String.format(Locale.ROOT, "Trained beside %s: %s, %s parameters, %.2f%% of the model's; learning rate %.3g",
                tuned.adapter().tag(), tuned.adapter().tuning().describe(), Progress.count(tuned.parameters(config)), 100 * tuned.share(
                        config), tuned.learningRate() * schedule.initialFraction());
    }
}
