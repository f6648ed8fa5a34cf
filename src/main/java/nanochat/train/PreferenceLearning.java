package nanochat.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.RunLock;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.data.Fingerprints;
import nanochat.io.BadInputException;
import nanochat.objective.LogProbabilities;
import nanochat.objective.PreferenceStatistics;
import nanochat.objective.Preferences;
import nanochat.task.PreferencePairs;
import nanochat.task.RenderedPair;
import nanochat.tensor.Backend;
import nanochat.train.PairBatches.Placed;
import nanochat.train.PairBatches.Scored;
import tools.jackson.core.type.TypeReference;

/// Learning from preferences: of two answers to a question the model comes to prefer the one that people do (docs/formulas.md#preferences). [#train()] is
/// the recipe.
///
/// What the model thought of the answers at the beginning is worked out once and kept. A run that was interrupted and resumed gives the same losses and
/// the same weights, bit for bit, as one that never stopped.
public final class PreferenceLearning implements AutoCloseable {
    private final PreferencePlan plan;
    private final PreferencePairs pairs;
    private final ReferenceScores reference;
    private final PairBatches batches;
    private final Preferences preferences;
    private final TrainingRun<PreferencePosition> run;
    /// Of the pairs in `orderedEpoch`.
    private int[] order = {};
    private int orderedEpoch;

    /// What a run is made of.
    ///
    /// @param start the checkpoints of the model that it begins with, with their tokenizer
    /// @param checkpoints where the run saves itself, a copy of the tokenizer, and its metrics
    /// @param userConfig the options it was asked for with, by name
    public record Setup(PreferencePlan plan, PreferencePairs pairs, CheckpointDirectory start, CheckpointDirectory checkpoints,
            Map<String, String> userConfig) {
        public Setup {
            userConfig = Map.copyOf(userConfig);
        }
    }

    /// Prepares a new run, from the weights of the model it begins with. What a folder of that name holds already is kept under the name with
    /// `.previous` after it.
    ///
    /// @throws BadInputException when that model or its tokenizer cannot be read; nothing has been touched then
    public static PreferenceLearning start(Setup setup, Backend backend, RunListener listener, StopSignal stop) {
        PreferencePlan plan = setup.plan;
        try (RunLock _ = RunLock.take(setup.checkpoints)) {
            MemoryNeed.of(setup.plan, 0).check();
            TokenizerCopy tokenizer = TokenizerCopy.load(setup.start.folder());
            ModelInTraining model = new ModelInTraining(plan, backend);
            model.readWeights(setup.start, plan.startStep());
            ReferenceScores reference = reference(setup, model);
            Optional<CheckpointDirectory> earlier = setup.checkpoints.moveAside();
            TokenizerCopy copy = TokenizerCopy.save(setup.checkpoints.folder(), tokenizer.tokenizer());
            RunMeta<PreferencePlan, PreferencePosition> meta = RunMeta.beginning(plan, PreferencePosition.beginning(setup.pairs
                    .fingerprint()),
                    copy, setup.userConfig);
            return new PreferenceLearning(setup, reference, model, new TrainingRun<>(meta, setup.checkpoints, earlier, model, listener,
                    stop));
        }
    }

    /// Prepares to go on from a checkpoint of the run, by the plan it was begun with.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it does not fit the plan, the pairs or its tokenizer
    public static PreferenceLearning resume(Setup setup, int step, Backend backend, RunListener listener, StopSignal stop) {
        PreferencePlan plan = setup.plan;
        try (RunLock _ = RunLock.take(setup.checkpoints)) {
            MemoryNeed.of(setup.plan, 0).check();
            RunMeta<PreferencePlan, PreferencePosition> meta = readMeta(setup.checkpoints, step);
            meta.checkPlan(setup.checkpoints, plan);
            Fingerprints.check("pairs were", meta.state().loader().source(), setup.pairs.fingerprint());
            meta.tokenizer(setup.checkpoints);
            ModelInTraining model = new ModelInTraining(plan, backend);
            ReferenceScores reference = reference(setup, model);
            model.read(setup.checkpoints, step, step);
            return new PreferenceLearning(setup, reference, model, new TrainingRun<>(meta.resumed(setup.checkpoints, plan,
                    setup.userConfig),
                    setup.checkpoints, model, listener, stop));
        }
    }

    /// What a checkpoint of such a model says of its run.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it is none of preferences
    public static RunMeta<PreferencePlan, PreferencePosition> readMeta(CheckpointDirectory checkpoints, int step) {
        return checkpoints.readMeta(step, new TypeReference<RunMeta<PreferencePlan, PreferencePosition>>() {
        });
    }

    private PreferenceLearning(Setup setup, ReferenceScores reference, ModelInTraining model, TrainingRun<PreferencePosition> run) {
        this.plan = setup.plan;
        this.pairs = setup.pairs;
        this.reference = reference;
        this.run = run;
        batches = new PairBatches(plan.positions(), plan.config().sequenceLength());
        preferences = new Preferences(new LogProbabilities(model.gpt(), model.tape(), plan.positions()), plan.loss());
    }

    /// Those that are kept; where there are none they are worked out by the model itself, with the weights it begins with.
    private static ReferenceScores reference(Setup setup, ModelInTraining model) {
        PreferencePlan plan = setup.plan;
        String key = ReferenceScores.key(setup.start, plan.startStep(), setup.pairs, plan.compute(), plan.positions());
        return ReferenceScores.read(setup.checkpoints, key, setup.pairs).orElseGet(() -> {
            model.readWeights(setup.start, plan.startStep());
            LogProbabilities probabilities = new LogProbabilities(model.gpt(), model.tape(), plan.positions());
            ReferenceScores scores = new ReferenceScores(key, score(setup, probabilities, setup.pairs.trainingSize(),
                    setup.pairs::training),
                    score(setup, probabilities, setup.pairs.heldOutSize(), setup.pairs::heldOut));
            scores.save(setup.checkpoints);
            return scores;
        });
    }

    private static double[] score(Setup setup, LogProbabilities probabilities, int size, IntFunction<RenderedPair> pair) {
        double[] scores = new double[2 * size];
        List<Scored> unscored = IntStream.range(0, size).mapToObj(i -> new Scored(pair.apply(i), 0, 0)).toList();
        for (Placed placed : new PairBatches(setup.plan.positions(), setup.plan.config().sequenceLength()).of(unscored)) {
            double[] sums = Preferences.sums(placed.pairs().batch(), probabilities.of(placed.pairs().batch()));
            for (int i = 0; i < placed.numbers().length; i++) {
                scores[2 * placed.numbers()[i]] = sums[2 * i];
                scores[2 * placed.numbers()[i] + 1] = sums[2 * i + 1];
            }
        }
        return scores;
    }

    /// Trains until the last step and saves; or until asked to stop, and saves what the last whole step left.
    ///
    /// @return the state that was saved
    /// @throws BadInputException when the loss is no longer a number, or a checkpoint cannot be written
    public RunState<PreferencePosition> run() {
        return run.follow(this::train);
    }

    private void train() {
        while (run.goesOn()) {
            if (run.isDue(plan.evaluateEvery())) {
                evaluate();
            }
            if (run.isDueAfterSteps(plan.saveEvery())) {
                run.save();
            }

            run.beginStep();
            PreferencePosition position = run.position();
            List<Scored> step = new ArrayList<>();
            while (step.size() < plan.pairsPerStep()) {
                step.add(training(position));
                position = position.passed(pairs.trainingSize());
            }
            long tokens = 0;
            for (Placed placed : batches.of(step)) {
                run.checkStop();
                preferences.addGradients(placed.pairs(), step.size());
                tokens += plan.positions();
            }
            PreferenceStatistics found = preferences.takeStatistics();
            var schedule = plan.schedule().at(run.stepsTaken());
            run.update(found.loss(), schedule);
            run.tell(new RunEvent.Compared(run.stepsTaken(), found));
            run.endStep(found.loss(), schedule, position, tokens);
        }

        run.save(); // before what can take long
        if (plan.evaluateEvery() > 0) {
            evaluate();
        }
    }

    private Scored training(PreferencePosition position) {
        if (position.epoch() != orderedEpoch) {
            order = PreferencePairs.order(pairs.trainingSize(), plan.seed(), position.epoch());
            orderedEpoch = position.epoch();
        }
        int number = order[position.next()];
        return new Scored(pairs.training(number), reference.training()[2 * number], reference.training()[2 * number + 1]);
    }

    private void evaluate() {
        long began = System.nanoTime();
        List<Scored> heldOut = IntStream.range(0, pairs.heldOutSize()).mapToObj(i -> new Scored(pairs.heldOut(i), reference.heldOut()[2
                * i],
                reference.heldOut()[2 * i + 1])).toList();
        for (Placed placed : batches.of(heldOut)) {
            run.checkStop();
            preferences.measure(placed.pairs());
        }
        PreferenceStatistics found = preferences.takeStatistics();
        run.know(run.position().judged(found));
        run.tell(new RunEvent.Judged(run.stepsTaken(), found, RunJournal.secondsSince(began)));
    }

    /// Closes the journal; the backend stays open.
    @Override
    public void close() {
        run.close();
    }
}
