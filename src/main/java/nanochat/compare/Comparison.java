package nanochat.compare;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.RunLock;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.data.DocumentSource;
import nanochat.objective.ObjectiveChoice;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.PretrainingPlan;
import nanochat.train.RunListener;
import nanochat.train.StopSignal;

/// Trains a model by every objective at the same cost on the same documents, with the learning rates that suit it best, several times from different
/// beginnings, and measures all of them by the same yardsticks. [#run()] is the recipe. It can be stopped or killed at any time: what is known is in
/// the [Ledger], what was under way in its checkpoints.
public final class Comparison {
    /// Where trainings have their folders.
    private static final String TRAININGS = "trainings";
    /// A rate that is best at the end of those tried is no optimum: so many beyond it are tried.
    private static final int MOST_EXTENSIONS = 2;
    private static final double EXTENSION = 2;

    private final Setup setup;
    private final StopSignal stop;
    private final RunListener listener;
    private final Ledger ledger;
    private final Yardsticks yardsticks;

    /// What is compared, and on what.
    ///
    /// @param folder where everything of the comparison is kept
    /// @param seeds trainings of each objective
    /// @param judge a model that says how likely it finds what they write
    /// @param threads that compute
    public record Setup(Path folder, DocumentSource source, Conditions conditions, List<ObjectiveChoice> objectives, int seeds,
            Optional<CheckpointDirectory> judge, int threads) {
        public Setup {
            objectives = List.copyOf(objectives);
        }
    }

    /// @throws nanochat.io.BadInputException when the folder holds a comparison under other conditions
    public Comparison(Setup setup, StopSignal stop) {
        this(setup, Yardsticks.of(setup.source), stop, _ -> {});
    }

    /// @param listener hears of every training
    Comparison(Setup setup, Yardsticks yardsticks, StopSignal stop, RunListener listener) {
        this.setup = setup;
        this.listener = listener;
        this.stop = stop;
        ledger = Ledger.open(setup.folder, setup.conditions);
        this.yardsticks = yardsticks;
    }

    /// What has been found so far.
    public Findings findings() {
        return Findings.of(ledger, setup.objectives, setup.seeds);
    }

    /// The same for programs.
    ///
    /// @param finished what [#run()] said
    public Summary summary(boolean finished) {
        return Summary.of(findings(), finished);
    }

    /// Works out what is not known yet.
    ///
    /// @return whether everything is known now; otherwise it was asked to stop
    /// @throws nanochat.io.BadInputException when a training fails, or another process works in the folder
    public boolean run() {
        try (RunLock _ = RunLock.take(new CheckpointDirectory(setup.folder)); Work work = new Work()) {
            Tokenizer tokenizer = tokenizer();
            Trainer trainer = new Trainer(setup.folder.resolve(TRAININGS), setup.source, tokenizer, setup.conditions, setup.threads,
                    work, listener, stop);
            setup.objectives.forEach(objective -> announce(trainer, objective));
            for (ObjectiveChoice objective : setup.objectives) {
                tune(trainer, objective);
            }
            for (long seed : LongStream.rangeClosed(1, setup.seeds).toArray()) {
                for (ObjectiveChoice objective : setup.objectives) {
                    Trial trial = Trial.run(objective, Findings.bestRate(ledger, objective), seed);
                    outcome(trainer, trial);
                    measure(trainer, trial);
                    goOn(trainer, trial);
                }
            }
            measureUntrained(trainer, tokenizer);
            return true;
        } catch (Trainer.Stopped asked) {
            return false;
        }
    }

    /// Learned once from the documents and kept, so that all objectives and all continuations read the same tokens.
    private Tokenizer tokenizer() {
        Path file = setup.folder.resolve(Tokenizer.FILE_NAME);
        return Files.exists(file)
                ? Tokenizer.load(file)
                : TokenizerCopy.save(setup.folder, TokenizerTraining.of(setup.source, setup.conditions.vocabulary())).tokenizer();
    }

    /// Counts what has to be computed, and what was.
    private void announce(Trainer trainer, ObjectiveChoice objective) {
        Stream<Trial> trials = Stream.concat(setup.conditions.rates().stream().map(rate -> Trial.sweep(objective, rate)),
                LongStream.rangeClosed(1, setup.seeds).mapToObj(seed -> Trial.run(objective, 1, seed)).flatMap(
                        run -> setup.conditions.continueShare() > 0 ? Stream.of(run, Trial.continued(run, 1)) : Stream.of(run)));
        trials.forEach(trial -> {
            trainer.work().expect(trainer.flops(trial));
            if (ledger.find(trial.key(), Outcome.class).isPresent()) {
                trainer.work().skip(trainer.flops(trial));
            }
        });
    }

    /// Finds the learning rates that suit an objective, by short trainings: those that were asked for, and further ones where the best is the lowest
    /// or the highest of them.
    private void tune(Trainer trainer, ObjectiveChoice objective) {
        List<Double> rates = new ArrayList<>(setup.conditions.rates());
        rates.forEach(rate -> outcome(trainer, Trial.sweep(objective, rate)));
        for (int i = 0; i < MOST_EXTENSIONS && rates.size() > 1; i++) {
            // of those tried so far, not of all that is known: a comparison that goes on has to come to the same
            double best = rates.stream().min(Comparator.comparingDouble(rate -> outcome(trainer, Trial.sweep(objective, rate)).value()))
                    .orElseThrow();
            double beyond = best == rates.getFirst() ? best / EXTENSION : best == rates.getLast() ? best * EXTENSION : best;
            if (beyond == best) {
                return;
            }
            Trial further = Trial.sweep(objective, beyond);
            if (ledger.find(further.key(), Outcome.class).isEmpty()) {
                trainer.work().expect(trainer.flops(further));
            }
            outcome(trainer, further);
            rates.add(beyond);
            rates.sort(Comparator.naturalOrder());
        }
    }

    private Outcome outcome(Trainer trainer, Trial trial) {
        Outcome outcome = once(trial.key(), Outcome.class, () -> trainer.train(trial));
        trainer.tidy(trial); // not before the outcome is kept: who is killed in between has to be able to go on
        return outcome;
    }

    /// Holds all yardsticks against a run's model, and asks the models it was on its way what they knew.
    private void measure(Trainer trainer, Trial trial) {
        int steps = trainer.plan(trial).iterations();
        CheckpointDirectory checkpoints = trainer.checkpoints(trial);
        for (int step : Conditions.snapshots(trainer.plan(trial)).stream().sorted().toList()) {
            try (MeasuredModel model = MeasuredModel.of(setup, trial.objective(), checkpoints.snapshots(), step)) {
                onceIfAny(trial.key(Findings.clozeAt(step)), Cloze.class, () -> Cloze.measure(model, yardsticks.blanks()));
            }
        }
        try (MeasuredModel model = MeasuredModel.of(setup, trial.objective(), checkpoints, steps)) {
            once(trial.key(Findings.LIKELIHOOD), HeldOutText.class, () -> HeldOutText.measure(model));
            onceIfAny(trial.key(Findings.clozeAt(steps)), Cloze.class, () -> Cloze.measure(model, yardsticks.blanks()));
            onceIfAny(trial.key(Findings.WRITING), Writing.class, () -> written(model));
            once(trial.key(Findings.PROBE), Probe.class, () -> Probe.measure(model, yardsticks.probes()));
        }
    }

    /// Trains the model of a run further, with the next token, at the rate that suits that: is it a better beginning than one that predicted the next
    /// token all along?
    private void goOn(Trainer trainer, Trial run) {
        if (setup.conditions.continueShare() == 0) {
            return;
        }
        Trial trial = Trial.continued(run, Findings.bestRate(ledger, ObjectiveChoice.nextToken()));
        outcome(trainer, trial);
        try (MeasuredModel model = MeasuredModel.of(setup, trial.trained(), trainer.checkpoints(trial), trainer.plan(trial).iterations())) {
            once(trial.key(Findings.LIKELIHOOD), HeldOutText.class, () -> HeldOutText.measure(model));
        }
    }

    private Optional<Writing> written(MeasuredModel model) {
        if (setup.judge.isEmpty()) {
            return Writing.measure(model, yardsticks.writing(), Optional.empty());
        }
        try (Judge judge = new Judge(setup.judge.get(), setup.conditions.compute(), setup.threads)) {
            return Writing.measure(model, yardsticks.writing(), Optional.of(judge));
        }
    }

    private void measureUntrained(Trainer trainer, Tokenizer tokenizer) {
        PretrainingPlan plan = trainer.plan(Trial.run(ObjectiveChoice.nextToken(), 1, 1));
        try (MeasuredModel model = MeasuredModel.untrained(setup, plan, tokenizer)) {
            once(Findings.UNTRAINED_PROBE, Probe.class, () -> Probe.measure(model, yardsticks.probes()));
        }
    }

    /// What only some objectives have an answer to.
    private <T> void onceIfAny(String key, Class<T> type, Supplier<Optional<T>> work) {
        if (stop.isRequested()) {
            throw new Trainer.Stopped();
        }
        if (ledger.find(key, type).isEmpty()) {
            work.get().ifPresent(value -> ledger.once(key, type, () -> value));
        }
    }

    private <T> T once(String key, Class<T> type, Supplier<T> work) {
        if (stop.isRequested()) {
            throw new Trainer.Stopped();
        }
        return ledger.once(key, type, work);
    }
}
