package nanochat.train;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.RunLock;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.data.BadDocumentException;
import nanochat.data.BatchLoader;
import nanochat.data.BuiltInDocuments;
import nanochat.data.DocumentSource;
import nanochat.data.LoaderState;
import nanochat.data.Share;
import nanochat.data.TrainingBatches;
import nanochat.data.ValidationBatches;
import nanochat.eval.CoreEvaluation;
import nanochat.eval.CoreScores;
import nanochat.eval.EvaluationFile;
import nanochat.eval.ModelEvaluation;
import nanochat.eval.SamplePrompt;
import nanochat.io.BadInputException;
import nanochat.objective.Objective;
import nanochat.objective.RepresentationStatistics;
import nanochat.tensor.Backend;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.PretrainingOptions.Cadence;
import tools.jackson.core.type.TypeReference;

/// Pretraining: a base model from text. [#train()] is the recipe.
///
/// A run that was interrupted and resumed gives the same losses and the same weights, bit for bit, as one that never stopped.
public final class Pretraining implements AutoCloseable {
    private final Setup setup;
    private final PretrainingPlan plan;
    private final int[] tokenBytes;
    private final Objective objective;
    private final EngineInTraining engine;
    private final Supplier<List<SamplePrompt.Completion>> completer;
    private final TrainingBatches<LoaderState> batches;
    private final ValidationBatches validation;
    private final TrainingRun<LoaderState> run;
    private boolean collapsed;

    /// What a run is made of.
    ///
    /// @param source training and validation documents
    /// @param tokenizer of a new run; a resumed one takes the one it began with
    /// @param checkpoints where the run saves itself, its tokenizer and its metrics
    /// @param userConfig the options it was asked for with, by name
    /// @param core which tasks are measured on the way, if any
    /// @param snapshots steps after which the model is kept beside the checkpoints, to be looked at later
    public record Setup(PretrainingPlan plan, DocumentSource source, Tokenizer tokenizer, CheckpointDirectory checkpoints,
            Map<String, String> userConfig, Optional<CoreCadence> core, Set<Integer> snapshots) {
        public Setup {
            userConfig = Map.copyOf(userConfig);
            snapshots = Set.copyOf(snapshots);
        }

        /// Without snapshots.
        public Setup(PretrainingPlan plan, DocumentSource source, Tokenizer tokenizer, CheckpointDirectory checkpoints,
                Map<String, String> userConfig, Optional<CoreCadence> core) {
            this(plan, source, tokenizer, checkpoints, userConfig, core, Set.of());
        }

        /// Without the CORE evaluation, too.
        public Setup(PretrainingPlan plan, DocumentSource source, Tokenizer tokenizer, CheckpointDirectory checkpoints,
                Map<String, String> userConfig) {
            this(plan, source, tokenizer, checkpoints, userConfig, Optional.empty());
        }

        Setup withSnapshots(Set<Integer> steps) {
            return new Setup(plan, source, tokenizer, checkpoints, userConfig, core, steps);
        }
    }

    /// Prepares a new run. What a folder of that name holds already is kept under the name with `.previous` after it.
    ///
    /// @throws BadInputException when there is not enough text, or another run is writing to the folder; nothing has been touched then
    public static Pretraining start(Setup setup, Backend backend, RunListener listener, StopSignal stop) {
        return start(setup, model -> model.initialize(setup.plan.seed()), backend, listener, stop);
    }

    /// The same from the weights of another model, whatever that was trained with: it may have tokens behind the vocabulary, and heads.
    ///
    /// @param origin its checkpoints
    public static Pretraining startFrom(CheckpointDirectory origin, int step, Setup setup, Backend backend, RunListener listener,
            StopSignal stop) {
        return start(setup, model -> model.adopt(origin, step), backend, listener, stop);
    }

    private static Pretraining start(Setup setup, Consumer<ModelInTraining> beginning, Backend backend, RunListener listener,
            StopSignal stop) {
        try (RunLock _ = RunLock.take(setup.checkpoints)) {
            MemoryNeed.of(setup.plan, (long) setup.plan.layout().rows() * setup.plan
                    .layout().length()).check();
            checkData(setup);
            Optional<CheckpointDirectory> earlier = setup.checkpoints.moveAside();
            TokenizerCopy tokenizer = TokenizerCopy.save(setup.checkpoints.folder(), setup.tokenizer);
            ModelInTraining model = new ModelInTraining(setup.plan, backend);
            beginning.accept(model);
            BatchLoader batches = new BatchLoader(setup.source, setup.tokenizer, setup.plan.layout(), Share.WHOLE);
            RunMeta<PretrainingPlan, LoaderState> meta = RunMeta.beginning(setup.plan, batches.state(), tokenizer, setup.userConfig);
            return new Pretraining(setup, setup.tokenizer, model, batches,
                    new TrainingRun<>(meta, setup.checkpoints, earlier, model, listener, stop));
        }
    }

    /// Prepares to go on from a checkpoint of the run. Those of later steps are kept under the folder's name with `.after-` and the step.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it does not fit the plan, the data or the tokenizer beside it, or another
    /// run is writing to the folder; nothing has been touched then
    public static Pretraining resume(Setup setup, int step, Backend backend, RunListener listener, StopSignal stop) {
        try (RunLock _ = RunLock.take(setup.checkpoints)) {
            MemoryNeed.of(setup.plan, (long) setup.plan.layout().rows() * setup.plan
                    .layout().length()).check();
            RunMeta<PretrainingPlan, LoaderState> saved = readMeta(setup.checkpoints, step);
            Tokenizer tokenizer = saved.tokenizer(setup.checkpoints).tokenizer();
            RunMeta<PretrainingPlan, LoaderState> meta = saved.resumed(setup.checkpoints, setup.plan, setup.userConfig);
            ModelInTraining model = new ModelInTraining(setup.plan, backend);
            model.read(setup.checkpoints, step, step);
            BatchLoader batches = new BatchLoader(setup.source, tokenizer, setup.plan.layout(), saved.state().loader());
            Pretraining resumed = new Pretraining(setup, tokenizer, model, batches, new TrainingRun<>(meta, setup.checkpoints, model,
                    listener,
                    stop));
            model.readObjective(setup.checkpoints, step);
            return resumed;
        }
    }

    /// What a checkpoint of a base model says of its run.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it is none of pretraining
    public static RunMeta<PretrainingPlan, LoaderState> readMeta(CheckpointDirectory checkpoints, int step) {
        return checkpoints.readMeta(step, new TypeReference<RunMeta<PretrainingPlan, LoaderState>>() {
        });
    }

    private Pretraining(Setup setup, Tokenizer tokenizer, ModelInTraining model, TrainingBatches<LoaderState> batches,
            TrainingRun<LoaderState> run) {
        this.setup = setup;
        this.plan = setup.plan;
        this.batches = batches;
        this.run = run;
        tokenBytes = tokenizer.tokenBytes();
        objective = model.objective(plan.objective(), plan.layout().rows(), plan.layout().length(), plan.seed());
        int threads = setup.core.map(CoreCadence::threads).orElse(Runtime.getRuntime().availableProcessors());
        engine = new EngineInTraining(model.gpt().parameters(), tokenizer,
                ModelEvaluation.engineOptions(plan.config(), plan.compute(), threads));
        completer = ModelEvaluation.completer(prompts(setup.source), model.gpt().parameters(), plan.objective(), tokenizer, plan.compute(),
                engine::current);
        validation = new ValidationBatches(setup.source, tokenizer, plan.layout(), Share.WHOLE, plan.cadence().evaluationTokens());
    }

    /// Trains until the last step and saves; or until asked to stop, and saves what the last whole step left.
    ///
    /// @return the state that was saved
    /// @throws BadInputException when the loss is no longer a number, a document cannot be read, or a checkpoint cannot be written; where it was
    /// a document, what the last whole step left is saved
    public RunState<LoaderState> run() {
        try {
            return run.follow(this::train);
        } catch (BadDocumentException bad) {
            run.saveAt(run.position().stoppedAt(setup.source, bad.position()));
            throw BadInputException.about("%s%nThe run is saved as it was after step %d; it goes on from there with %s %d.",
                    bad.getMessage(), run.stepsTaken(), RunSettings.RESUME_FROM_STEP, run.stepsTaken());
        }
    }

    private void train() {
        Cadence cadence = plan.cadence();
        int coreEvery = setup.core.map(CoreCadence::every).orElse(PretrainingOptions.UNSET);
        while (run.goesOn()) {
            if (run.isDue(cadence.evaluateEvery())) {
                run.validate(objective, validation, tokenBytes);
            }
            if (run.isDue(cadence.sampleEvery())) {
                sample();
            }
            if (run.isDueAfterSteps(cadence.saveEvery()) || run.isDueAfterSteps(coreEvery)) {
                run.save();
            }
            if (setup.snapshots.contains(run.stepsTaken())) {
                run.keepSnapshot();
            }
            if (run.isDueAfterSteps(coreEvery)) {
                measureCore();
            }

            run.beginStep();
            objective.beginStep(run.stepsTaken());
            for (int i = 0; i < plan.microSteps(); i++) {
                run.checkStop();
                objective.addGradients(batches.next(), plan.microSteps());
            }
            int step = run.stepsTaken();
            run.completeStep(objective.takeLoss(), plan.schedule().at(step), batches.state());
            objective.afterUpdate();
            objective.representation().ifPresent(found -> tellRepresentation(step, found));
        }

        run.save(); // before what can take long
        if (cadence.evaluateEvery() > 0) {
            run.validate(objective, validation, tokenBytes);
        }
        if (cadence.sampleEvery() > 0) {
            sample();
        }
        measureCore();
    }

    private void tellRepresentation(int step, RepresentationStatistics found) {
        run.tell(new RunEvent.Represented(step, found));
        if (found.collapsed() && !collapsed) {
            run.tell(new RunEvent.Noted(step, "The representation has collapsed: its variance over positions is " + found.variance()
                    + ". What is learned from here on is worth nothing; lower the learning rates, or raise the batch"));
        }
        collapsed = found.collapsed();
    }

    private void sample() {
        run.checkStop();
        if (plan.objective().predictsTokens()) {
            run.tell(new RunEvent.Sampled(run.stepsTaken(), completer.get()));
        }
    }

    private static List<SamplePrompt> prompts(DocumentSource source) {
        return source instanceof BuiltInDocuments builtIn ? SamplePrompt.of(builtIn.language()) : SamplePrompt.SEVEN;
    }

    private void measureCore() {
        setup.core.ifPresent(core -> {
            long began = System.nanoTime();
            try (CoreEvaluation evaluation = CoreEvaluation.of(engine.current())) {
                CoreScores scores = evaluation.measure(core.bundle(), core.mostPerTask(), (_, _, _, _) -> run.checkStop());
                new EvaluationFile(setup.checkpoints.folder(), run.stepsTaken()).add(Map.of("core", scores));
                run.tell(new RunEvent.CoreMeasured(run.stepsTaken(), scores, RunJournal.secondsSince(began)));
            }
        });
    }

    /// Finds out before anything is spent whether there is a batch to train on and one to validate on.
    private static void checkData(Setup setup) {
        try (BatchLoader probe = new BatchLoader(setup.source, setup.tokenizer, setup.plan.layout(), Share.WHOLE)) {
            probe.next();
        }
        new ValidationBatches(setup.source, setup.tokenizer, setup.plan.layout(), Share.WHOLE, 1).forEach(_ -> {});
    }

    /// Stops reading data and closes the journal; the backend stays open.
    @Override
    public void close() {
        engine.close();
        batches.close();
        run.close();
    }
}
