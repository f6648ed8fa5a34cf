package nanochat.train;

import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelMeta;
import nanochat.checkpoint.RunLock;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.conversation.Rendering;
import nanochat.data.Batch;
import nanochat.data.TrainingBatches;
import nanochat.io.BadInputException;
import nanochat.objective.Objective;
import nanochat.task.ConversationBatches;
import nanochat.task.ConversationLoader;
import nanochat.task.ConversationPacker;
import nanochat.task.ConversationPosition;
import nanochat.task.Task;
import nanochat.task.TrainingTasks;
import nanochat.tensor.Backend;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.PretrainingOptions.Cadence;
import tools.jackson.core.type.TypeReference;

/// Fine-tuning: an assistant from a base model and conversations. [#train()] is the recipe.
///
/// A run that was interrupted and resumed gives the same losses and the same weights, bit for bit, as one that never stopped.
public final class Finetuning implements AutoCloseable {
    private final FinetuningPlan plan;
    private final int[] tokenBytes;
    private final Objective objective;
    private final TrainingBatches<ConversationPosition> conversations;
    private final ConversationBatches validation;
    private final TrainingRun<ConversationPosition> run;

    /// What a run is made of.
    ///
    /// @param base the checkpoints of the model that it begins with, and its tokenizer
    /// @param checkpoints where the run saves itself, a copy of the tokenizer, and its metrics
    /// @param userConfig the options it was asked for with, by name
    public record Setup(FinetuningPlan plan, TrainingTasks tasks, CheckpointDirectory base, CheckpointDirectory checkpoints,
            Map<String, String> userConfig) {
        public Setup {
            userConfig = Map.copyOf(userConfig);
        }
    }

    /// Prepares a new run, from the weights and moments of the base model; or of something beside the model, which then stays as it is. What a folder of that name holds already is kept under the
    /// name with `.previous` after it.
    ///
    /// @throws BadInputException when the base model or its tokenizer cannot be read, or there is nothing to learn from or to validate on, or
    /// another run is writing to the folder; nothing has been touched then
    public static Finetuning start(Setup setup, Backend backend, RunListener listener, StopSignal stop) {
        FinetuningPlan plan = setup.plan;
        try (RunLock _ = RunLock.take(setup.checkpoints)) {
            MemoryNeed.of(plan, (long) plan.rows() * plan.rowLength()).check();
            ModelMeta base = setup.base.readMeta(plan.baseStep(), ModelMeta.class);
            Tokenizer tokenizer = TokenizerCopy.load(setup.base.folder(), base.tokenizerSha256(), base.vocabularySize()).tokenizer();
            Rendering rendering = new Rendering(tokenizer);
            Batch text = firstConversations(setup, rendering);
            ModelInTraining model = new ModelInTraining(plan, backend);
            plan.adapter().ifPresentOrElse(tuned -> {
                model.readWeights(setup.base, plan.baseStep());
                model.initializeAdapter(tuned.seed(), text.inputs());
            }, () -> model.begin(setup.base, plan.baseStep()));
            model.readPrompt(plan.prompt());
            Optional<CheckpointDirectory> earlier = setup.checkpoints.moveAside();
            TokenizerCopy copy = TokenizerCopy.save(setup.checkpoints.folder(), tokenizer);
            var conversations = new ConversationLoader(setup.tasks.training(), rendering, plan.rows(), plan.rowLength());
            RunMeta<FinetuningPlan, ConversationPosition> meta = RunMeta.beginning(plan, conversations.state(), copy, setup.userConfig);
            return new Finetuning(setup, rendering, model, conversations,
                    new TrainingRun<>(meta, setup.checkpoints, earlier, model, listener, stop));
        }
    }

    /// Prepares to go on from a checkpoint of the run, by the plan it was begun with. Checkpoints of later steps are kept under the folder's
    /// name with `.after-` and the step.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it does not fit the plan, the conversations or its tokenizer, or another
    /// run is writing to the folder; nothing has been touched then
    public static Finetuning resume(Setup setup, int step, Backend backend, RunListener listener, StopSignal stop) {
        FinetuningPlan plan = setup.plan;
        try (RunLock _ = RunLock.take(setup.checkpoints)) {
            MemoryNeed.of(plan, (long) plan.rows() * plan.rowLength()).check();
            RunMeta<FinetuningPlan, ConversationPosition> meta = readMeta(setup.checkpoints, step);
            Rendering rendering = new Rendering(meta.tokenizer(setup.checkpoints).tokenizer());
            meta.checkPlan(setup.checkpoints, plan);
            ModelInTraining model = new ModelInTraining(plan, backend);
            if (plan.adapter().isPresent()) {
                model.readWeights(setup.base, plan.baseStep());
            }
            model.read(setup.checkpoints, step, plan.adapter().isPresent() ? step : plan.baseStep() + step);
            var conversations = new ConversationLoader(setup.tasks.training(), rendering, plan.rows(), plan.rowLength(),
                    meta.state().loader());
            return new Finetuning(setup, rendering, model, conversations,
                    new TrainingRun<>(meta.resumed(setup.checkpoints, plan, setup.userConfig), setup.checkpoints, model, listener, stop));
        }
    }

    /// What a checkpoint of a chat model says of its run.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it is none of fine-tuning
    public static RunMeta<FinetuningPlan, ConversationPosition> readMeta(CheckpointDirectory checkpoints, int step) {
        return checkpoints.readMeta(step, new TypeReference<RunMeta<FinetuningPlan, ConversationPosition>>() {
        });
    }

    private Finetuning(Setup setup, Rendering rendering, ModelInTraining model, TrainingBatches<ConversationPosition> conversations,
            TrainingRun<ConversationPosition> run) {
        this.plan = setup.plan;
        this.conversations = conversations;
        this.run = run;
        int length = plan.rowLength();
        tokenBytes = rendering.tokenizer().tokenBytes();
        objective = model.nextToken(plan.rows(), length);
        validation = new ConversationBatches(setup.tasks.validation(), rendering, plan.rows(), length, plan.cadence().evaluationTokens());
    }

    /// Trains until the last step and saves; or until asked to stop, and saves what the last whole step left.
    ///
    /// @return the state that was saved
    /// @throws BadInputException when the loss is no longer a number, a conversation cannot be read, or a checkpoint cannot be written
    public RunState<ConversationPosition> run() {
        return run.follow(this::train);
    }

    private void train() {
        Cadence cadence = plan.cadence();
        while (run.goesOn()) {
            if (run.isDue(cadence.evaluateEvery())) {
                run.validate(objective, validation, tokenBytes);
            }
            if (run.isDueAfterSteps(cadence.saveEvery())) {
                run.save();
            }

            run.beginStep();
            for (int i = 0; i < plan.microSteps(); i++) {
                run.checkStop();
                objective.addGradients(conversations.next(), plan.microSteps());
            }
            run.completeStep(objective.takeLoss(), plan.schedule().at(run.stepsTaken()), conversations.state());
        }

        run.save(); // before what can take long
        if (cadence.evaluateEvery() > 0) {
            run.validate(objective, validation, tokenBytes);
        }
    }

    /// Finds out before anything is spent whether there is a conversation to learn from and one to validate on.
    ///
    /// @return the first row to learn from
    private static Batch firstConversations(Setup setup, Rendering rendering) {
        Batch first = firstRow(setup, setup.tasks.training(), rendering);
        firstRow(setup, setup.tasks.validation(), rendering);
        return first;
    }

    private static Batch firstRow(Setup setup, Task task, Rendering rendering) {
        return ConversationPacker.once(task, rendering, 1, setup.plan.rowLength()).next().orElseThrow(
                () -> new BadInputException("There is no conversation to learn from, or none to validate on: " + task.fingerprint()));
    }

    /// Stops reading conversations and closes the journal; the backend stays open.
    @Override
    public void close() {
        conversations.close();
        run.close();
    }
}
