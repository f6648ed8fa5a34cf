package nanochat.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.conversation.Rendering;
import nanochat.data.Batch;
import nanochat.eval.BitsPerByte;
import nanochat.io.BadInputException;
import nanochat.model.GptConfigFields;
import nanochat.objective.NextToken;
import nanochat.optim.ScheduleValues;
import nanochat.task.ConversationBatches;
import nanochat.task.ConversationPacker;
import nanochat.task.ConversationPosition;
import nanochat.task.TrainingTasks;
import nanochat.tensor.Backend;

/// Fine-tuning: an assistant from a base model and conversations. [#run()] is the loop.
///
/// A run that was interrupted and resumed gives the same losses and the same weights, bit for bit, as one that never stopped.
public final class Finetuning implements AutoCloseable {
    private final Setup setup;
    private final FinetuningPlan plan;
    private final Backend backend;
    private final TokenizerCopy tokenizer;
    private final int[] tokenBytes;
    private final ModelInTraining model;
    private final NextToken objective;
    private final ConversationPacker conversations;
    private final ConversationBatches validation;
    private final RunJournal journal;
    private final StopSignal stop;
    private RunState<ConversationPosition> state;

    /// What a run is made of.
    ///
    /// @param base the checkpoints of the base model, with its tokenizer
    /// @param checkpoints where the run saves itself, a copy of the tokenizer, and its metrics
    /// @param userConfig the options it was asked for with, by name
    public record Setup(FinetuningPlan plan, TrainingTasks tasks, CheckpointDirectory base, CheckpointDirectory checkpoints,
            Map<String, String> userConfig) {
        public Setup {
            userConfig = Map.copyOf(userConfig);
        }
    }

    /// Prepares a new run, from the weights and moments of the base model. What a folder of that name holds already is kept under the
    /// name with `.previous` after it.
    ///
    /// @throws BadInputException when the base model or its tokenizer cannot be read, or there is nothing to learn from or to validate on;
    /// nothing has been touched then
    public static Finetuning start(Setup setup, Backend backend, RunListener listener, StopSignal stop) {
        PretrainingMeta base = setup.base.readMeta(setup.plan.baseStep(), PretrainingMeta.class);
        TokenizerCopy tokenizer = TokenizerCopy.load(setup.base.folder(), base.tokenizerSha256(), base.modelConfig().vocabSize());
        checkConversations(setup, new Rendering(tokenizer.tokenizer()));
        ModelInTraining model = model(setup, backend);
        model.read(setup.base, setup.plan.baseStep(), setup.plan.baseStep());
        ModelInTraining.moveAside(setup.checkpoints.folder());
        return new Finetuning(setup, TokenizerCopy.save(setup.checkpoints.folder(), tokenizer.tokenizer()), model, Optional.empty(),
                backend, listener, stop);
    }

    /// Prepares to go on from a checkpoint of the run, by the plan it was begun with.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it does not fit the plan, the conversations or its tokenizer
    public static Finetuning resume(Setup setup, int step, Backend backend, RunListener listener, StopSignal stop) {
        FinetuningMeta meta = setup.checkpoints.readMeta(step, FinetuningMeta.class);
        Path folder = setup.checkpoints.folder();
        TokenizerCopy tokenizer = TokenizerCopy.load(folder, meta.tokenizerSha256(), meta.modelConfig().vocabSize());
        if (!meta.plan().equals(setup.plan)) {
            throw new BadInputException("Cannot resume: the checkpoint in " + folder + " is of another plan: " + meta.plan());
        }
        ModelInTraining model = model(setup, backend);
        model.read(setup.checkpoints, step, setup.plan.baseStep() + step);
        return new Finetuning(setup, tokenizer, model, Optional.of(meta.state()), backend, listener, stop);
    }

    private static ModelInTraining model(Setup setup, Backend backend) {
        return new ModelInTraining(setup.plan.config(), setup.plan.settings(), backend, setup.plan.compute());
    }

    private Finetuning(Setup setup, TokenizerCopy tokenizer, ModelInTraining model, Optional<RunState<ConversationPosition>> resumed,
            Backend backend, RunListener listener, StopSignal stop) {
        this.setup = setup;
        this.plan = setup.plan;
        this.backend = backend;
        this.tokenizer = tokenizer;
        this.model = model;
        this.stop = stop;
        int length = plan.config().sequenceLength();
        Rendering rendering = new Rendering(tokenizer.tokenizer());
        tokenBytes = tokenizer.tokenizer().tokenBytes();
        objective = model.nextToken(plan.rows(), length);
        validation = new ConversationBatches(setup.tasks.validation(), rendering, plan.rows(), length, plan.cadence().evaluationTokens());
        conversations = ConversationPacker.endless(setup.tasks.training(), rendering, plan.rows(), length);
        resumed.ifPresent(before -> conversations.restore(before.loader()));
        state = resumed.orElseGet(() -> RunState.beginning(conversations.position()));
        journal = new RunJournal(plan, setup.checkpoints, state.step(), listener);
    }

    /// Trains until the last step and saves; or until asked to stop, and saves what the last whole step left.
    ///
    /// @return the state that was saved
    /// @throws BadInputException when the loss is no longer a number, a conversation cannot be read, or a checkpoint cannot be written
    public RunState<ConversationPosition> run() {
        journal.started(state.step(), backend, setup.userConfig);
        try {
            while (state.step() < plan.iterations()) {
                if (state.isDue(plan.cadence().evaluateEvery())) {
                    evaluate();
                }
                if (state.isDue(plan.cadence().saveEvery()) && state.step() > 0) {
                    save();
                }

                long began = System.nanoTime();
                double loss = 0;
                for (int i = 0; i < plan.microSteps(); i++) {
                    stop.check();
                    Batch batch = conversations.next().orElseThrow();
                    loss += objective.addGradients(batch, plan.microSteps()) / plan.microSteps();
                }
                checkFinite(loss);
                ScheduleValues schedule = plan.schedule().at(state.step());
                model.step(schedule);
                double seconds = RunJournal.secondsSince(began);
                state = state.stepped(loss, conversations.position(), seconds);
                journal.stepped(state, loss, state.loader().epoch(), schedule, seconds);
            }
            finish();
        } catch (StopSignal.Requested asked) {
            save();
            journal.tell(new RunEvent.Stopped(state.step()));
        }
        return state;
    }

    /// The end of a run is saved first: evaluating can take long.
    private void finish() {
        save();
        if (plan.cadence().evaluateEvery() > 0) {
            evaluate();
            write(); // again, now that the validation is known
        }
    }

    private void evaluate() {
        long began = System.nanoTime();
        BitsPerByte result = BitsPerByte.measure(objective, validation, tokenBytes, stop::check);
        state = state.evaluated(result.value());
        journal.evaluated(state.step(), result, RunJournal.secondsSince(began));
    }

    private void save() {
        write();
        journal.tell(new RunEvent.Saved(state.step(), setup.checkpoints.folder()));
    }

    private void write() {
        model.save(setup.checkpoints, state.step(), new FinetuningMeta(state.step(), state.bitsPerByte(),
                GptConfigFields.of(plan.config()), tokenizer.sha256(), setup.userConfig, plan, state));
    }

    private void checkFinite(double loss) {
        if (!Double.isFinite(loss)) {
            throw new BadInputException("The loss is " + loss + " at step " + state.step() + ": fine-tuning has diverged. Lower"
                    + " --init-lr-frac; checkpoints of earlier steps are still there.");
        }
    }

    /// Finds out before anything is spent whether there is a conversation to learn from and one to validate on.
    private static void checkConversations(Setup setup, Rendering rendering) {
        int length = setup.plan.config().sequenceLength();
        for (var task : List.of(setup.tasks.training(), setup.tasks.validation())) {
            if (ConversationPacker.once(task, rendering, 1, length).next().isEmpty()) {
                throw new BadInputException("There is no conversation to learn from, or none to validate on: " + task.fingerprint());
            }
        }
    }

    /// Closes the journal; the backend stays open.
    @Override
    public void close() {
        journal.close();
    }
}
