package nanochat.train;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.checkpoint.TrainedModel;
import nanochat.conversation.Rendering;
import nanochat.data.LoaderState;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Split;
import nanochat.engine.Sampling;
import nanochat.eval.ChatEvaluation;
import nanochat.eval.ChatScores;
import nanochat.eval.ModelEvaluation;
import nanochat.io.BaseDirectory;
import nanochat.optim.FinetuningSchedule;
import nanochat.task.ConversationPosition;
import nanochat.task.EvaluationTasks;
import nanochat.task.TrainingTasks;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;

/// The second half of the speedrun: the model learns to chat from the built-in conversations, and is asked questions in words that it has
/// never seen.
///
/// @param directory of all models
/// @param base where the pretrained model is
/// @param checkpoints where the chat model is saved
/// @param language of the conversations
/// @param compute the type of matrix products
/// @param userConfig the options it was asked for with, by name
public record SpeedrunChat(BaseDirectory directory, CheckpointDirectory base, CheckpointDirectory checkpoints, CorpusLanguage language,
        DType compute,
        Map<String, String> userConfig) {
    /// Steps of fine-tuning for 100 of pretraining: found by trial (LOG 57, 65 and 72).
    private static final int STEPS_PER_HUNDRED = 75;
    private static final int EVALUATIONS = 4;
    private static final int EVALUATED_BATCHES = 4;
    private static final int QUESTIONS = 200;
    private static final long SEED = 42;

    public SpeedrunChat {
        userConfig = Map.copyOf(userConfig);
    }

    /// Forgets what an earlier speedrun left here, but for a copy; a new one begins.
    public void moveEarlierAside() {
        checkpoints.moveAside();
    }

    /// What came out of fine-tuning.
    ///
    /// @param state of the model that was saved
    /// @param finished false where the run was stopped before its last step
    public record Outcome(RunState<ConversationPosition> state, boolean finished) {}

    /// What fine-tuning will do, or has begun to do.
    public FinetuningPlan plan() {
        return checkpoints.newestStep().map(step -> Finetuning.readMeta(checkpoints, step).plan()).orElseGet(this::newPlan);
    }

    private FinetuningPlan newPlan() {
        RunMeta<PretrainingPlan, LoaderState> meta = Pretraining.readMeta(base, base.lastStep());
        int iterations = Math.max(1, meta.plan().iterations() * STEPS_PER_HUNDRED / 100);
        PretrainingOptions.Cadence cadence = new PretrainingOptions.Cadence(Math.ceilDiv(iterations, EVALUATIONS),
                EVALUATED_BATCHES * meta.plan().totalBatch(), PretrainingOptions.UNSET, PretrainingOptions.UNSET);
        FinetuningOptions options = new FinetuningOptions(Optional.of(iterations), Optional.empty(),
                FinetuningSchedule.DEFAULT_INITIAL_FRACTION, FinetuningSchedule.DEFAULT_WARMDOWN_RATIO, cadence, compute);
        return FinetuningPlan.of(options, meta, tasks().training(), new Rendering(TokenizerCopy.load(base.folder()).tokenizer()));
    }

    private TrainingTasks tasks() {
        return TrainingTasks.of(List.of(language.dataName()), directory, SEED);
    }

    /// Steps of fine-tuning that are done and saved.
    public int stepsDone() {
        return checkpoints.newestStep().orElse(0);
    }

    /// Fine-tunes the base model by [#plan()], or goes on where that stopped.
    public Outcome finetune(FinetuningPlan plan, Backend backend, RunListener listener, StopSignal stop) {
        Optional<Integer> from = checkpoints.newestStep();
        if (from.isPresent() && from.get() == plan.iterations()) {
            return new Outcome(Finetuning.readMeta(checkpoints, from.get()).state(), true);
        }
        Finetuning.Setup setup = new Finetuning.Setup(plan, tasks(), base, checkpoints, userConfig);
        try (Finetuning finetuning = from.isPresent()
                ? Finetuning.resume(setup, from.get(), backend, listener, stop)
                : Finetuning.start(setup, backend, listener, stop)) {
            RunState<ConversationPosition> state = finetuning.run();
            return new Outcome(state, state.step() == plan.iterations());
        }
    }

    /// Asks a chat model the questions of the built-in tasks; empty where it was asked to stop before the last one.
    ///
    /// @param model where it is: [#checkpoints], or where a later stage left it
    /// @param threads how many generate
    public Optional<ChatScores> measure(CheckpointDirectory model, Backend backend, int threads, StopSignal stop) {
        TrainedModel trained = TrainedModel.load(model, model.lastStep(), backend, compute);
        try (ModelEvaluation evaluation = new ModelEvaluation(trained, compute, threads)) {
            return Optional.of(evaluation.chat(new ChatEvaluation.Settings(Sampling.GREEDY, SEED, QUESTIONS, 1))
                    .measure(EvaluationTasks.builtIn(Split.TEST, language), stop::check));
        } catch (StopSignal.Requested asked) {
            return Optional.empty();
        }
    }
}
