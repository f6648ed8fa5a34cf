package nanochat.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.RunLock;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.data.Batches;
import nanochat.data.TrainingPosition;
import nanochat.eval.BitsPerByte;
import nanochat.eval.HeldOut;
import nanochat.objective.Likelihood;
import nanochat.objective.Objective;
import nanochat.optim.ScheduleValues;

/// What every run of training has in common, whatever is learned: its state, its checkpoints, its journal, its steps, and an orderly end
/// when it is asked to stop. What is done in which order says the recipe: the one readable method of [Pretraining], [Finetuning] or [ReinforcementLearning].
///
/// A step of a recipe is: [#beginStep()]; add gradients to the parameters, from as many micro-batches as it takes and by whatever objective,
/// with a [#checkStop()] before each; [#completeStep]. What only some recipes know (samples, scores) they [#tell] themselves.
///
/// @param <S> where in its data the run can be
final class TrainingRun<S extends TrainingPosition> implements AutoCloseable {
    private static final int NEVER = -1;

    private final CheckpointDirectory checkpoints;
    private final RunLock lock;
    private final ModelInTraining model;
    private final RunJournal journal;
    private final StopSignal stop;
    private RunMeta<?, S> meta;
    private final List<String> notes = new ArrayList<>();
    private int lastSaved = NEVER;
    private long stepBegan;

    /// Nobody else writes to the folder of the run until this is closed. Checkpoints of later steps, of an earlier continuation, make way.
    ///
    /// @param meta of the beginning, or of the checkpoint from which the run goes on
    /// @param checkpoints where it saves itself and its metrics
    /// @param model what it trains, as it was there
    TrainingRun(RunMeta<?, S> meta, CheckpointDirectory checkpoints, ModelInTraining model, RunListener listener, StopSignal stop) {
        this.meta = meta;
        this.checkpoints = checkpoints;
        this.model = model;
        this.stop = stop;
        lock = RunLock.take(checkpoints);
        try {
            lock.warning().ifPresent(notes::add);
            checkpoints.moveLaterAside(meta.step()).ifPresent(kept -> notes.add("What an earlier continuation left after step " + meta
                    .step()
                    + " is kept as " + kept.tag()));
            journal = new RunJournal(meta.plan(), checkpoints, meta.step(), listener);
        } catch (RuntimeException failure) {
            lock.close();
            throw failure;
        }
    }

    /// Of a new run, before which an earlier one of its name made way.
    ///
    /// @param earlier where that is kept
    TrainingRun(RunMeta<?, S> meta, CheckpointDirectory checkpoints, Optional<CheckpointDirectory> earlier, ModelInTraining model,
            RunListener listener, StopSignal stop) {
        this(meta, checkpoints, model, listener, stop);
        earlier.ifPresent(kept -> notes.add("The earlier run of this name is kept as " + kept.tag()));
    }

    /// Follows a recipe to its end; where the run is asked to stop on the way, saves what the last whole step left.
    ///
    /// @return the state that was saved
    RunState<S> follow(Runnable recipe) {
        journal.started(meta.step(), model.backend(), meta.userConfig());
        notes.forEach(note -> tell(new RunEvent.Noted(stepsTaken(), note)));
        try {
            recipe.run();
        } catch (StopSignal.Requested asked) {
            save();
            tell(new RunEvent.Stopped(stepsTaken()));
        }
        return meta.state();
    }

    int stepsTaken() {
        return meta.step();
    }

    /// Whether there are steps left to take.
    boolean goesOn() {
        return stepsTaken() < meta.plan().iterations();
    }

    /// Whether something that is done every so many steps, and before the first one, is done now; where `every` is not above 0, never.
    boolean isDue(int every) {
        return every > 0 && stepsTaken() % every == 0;
    }

    /// Whether something that is done after every so many steps is done now; where `every` is not above 0, never.
    boolean isDueAfterSteps(int every) {
        return isDue(every) && stepsTaken() > 0;
    }

    /// Leaves the recipe if that was asked for; see [#follow].
    void checkStop() {
        stop.check();
    }

    /// The time of a step counts from here.
    void beginStep() {
        stepBegan = System.nanoTime();
    }

    /// Updates the weights by the gradients that have gathered since [#beginStep()], and ends the step.
    ///
    /// @param loss mean over the step's targets, in nats
    /// @param position where the data is now
    /// @throws nanochat.io.BadInputException when the loss is no number; the weights are as they were then
    void completeStep(double loss, ScheduleValues schedule, S position) {
        update(loss, schedule);
        endStep(loss, schedule, position, meta.plan().totalBatch());
    }

    /// Updates the weights by the gradients that have gathered since the last update. A step may have several, or none, and then ends with [#endStep];
    /// after the first one it has to be taken to its end.
    ///
    /// @throws nanochat.io.BadInputException when the loss is no number; the weights are as they were then
    void update(double loss, ScheduleValues schedule) {
        if (!Double.isFinite(loss)) {
            throw meta.plan().diverged(stepsTaken(), loss, saved());
        }
        model.step(schedule);
    }

    /// Ends a step whose updates have been made.
    ///
    /// @param loss of the step, in nats
    /// @param position where the data is now
    /// @param tokens that the step had
    void endStep(double loss, ScheduleValues schedule, S position, long tokens) {
        double seconds = RunJournal.secondsSince(stepBegan);
        meta = meta.at(meta.state().stepped(loss, position, seconds));
        journal.stepped(meta.state(), loss, schedule, seconds, tokens);
    }

    private String saved() {
        List<Integer> steps = checkpoints.steps();
        return steps.isEmpty()
                ? "no checkpoint was saved before"
                : steps.stream().map(String::valueOf).collect(Collectors.joining(", ", "there are checkpoints of the steps ", ""));
    }

    /// Validates the model. A checkpoint of this very step, if there is one, shall say how good it is.
    void validate(Objective objective, Batches validation, int[] tokenBytes) {
        long began = System.nanoTime();
        BitsPerByte result = BitsPerByte.measure(objective, validation, tokenBytes, stop::check);
        double seconds = RunJournal.secondsSince(began);
        if (objective.likelihood() == Likelihood.EXACT) {
            meta = meta.at(meta.state().evaluated(result.value()));
            journal.evaluated(stepsTaken(), result, seconds);
        } else {
            HeldOut heldOut = HeldOut.of(objective.likelihood(), result);
            meta = meta.at(meta.state().evaluated(heldOut));
            journal.evaluated(stepsTaken(), heldOut, result, seconds);
        }
        if (lastSaved == stepsTaken()) {
            checkpoints.saveMeta(stepsTaken(), meta);
        }
    }

    /// After the last step: the model is the mean of what it was after every update, where the plan says so.
    void takeMean() {
        model.takeMean();
    }

    /// Writes a checkpoint.
    void save() {
        model.save(checkpoints, stepsTaken(), meta);
        lastSaved = stepsTaken();
        tell(new RunEvent.Saved(stepsTaken(), checkpoints.folder()));
    }

    /// Keeps the model as it is now beside the checkpoints, to be looked at later.
    void keepSnapshot() {
        TokenizerCopy.save(checkpoints.snapshots().folder(), TokenizerCopy.load(checkpoints.folder()).tokenizer());
        model.saveSnapshot(checkpoints.snapshots(), stepsTaken(), meta);
    }

    /// Where in its data the run was after its last whole step.
    S position() {
        return meta.state().loader();
    }

    /// Keeps what the run has come to know of where it is. A checkpoint of this very step, if there is one, says so.
    void know(S position) {
        meta = meta.at(meta.state().movedTo(position));
        if (lastSaved == stepsTaken()) {
            checkpoints.saveMeta(stepsTaken(), meta);
        }
    }

    /// Writes a checkpoint of the last whole step, from which a resumed run reads on at `position`.
    void saveAt(S position) {
        meta = meta.at(meta.state().movedTo(position));
        save();
    }

    /// Tells whoever listens, and the metrics, of something that happened.
    void tell(RunEvent event) {
        journal.tell(event);
    }

    /// Closes the journal, and lets others write to the folder.
    @Override
    public void close() {
        try (lock) {
            journal.close();
        }
    }
}
