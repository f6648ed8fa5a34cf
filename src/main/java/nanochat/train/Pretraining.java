package nanochat.train;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.data.BatchLoader;
import nanochat.data.DocumentSource;
import nanochat.data.LoaderState;
import nanochat.data.Share;
import nanochat.data.ValidationBatches;
import nanochat.engine.WeightFormat;
import nanochat.eval.BitsPerByte;
import nanochat.eval.CoreEvaluation;
import nanochat.eval.CoreScores;
import nanochat.eval.EvaluationFile;
import nanochat.eval.ModelEngine;
import nanochat.eval.NaiveSampler;
import nanochat.eval.SamplePrompt;
import nanochat.io.BadInputException;
import nanochat.model.GptConfigFields;
import nanochat.objective.NextToken;
import nanochat.optim.ScheduleValues;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tokenizer.Tokenizer;

/// Pretraining: a base model from text. [#run()] is the loop.
///
/// A run that was interrupted and resumed gives the same losses and the same weights, bit for bit, as one that never stopped.
public final class Pretraining implements AutoCloseable {
    private final Setup setup;
    private final PretrainingPlan plan;
    private final Backend backend;
    private final TokenizerCopy tokenizer;
    private final int[] tokenBytes;
    private final ModelInTraining model;
    private final NextToken objective;
    private final NaiveSampler sampler;
    private final BatchLoader loader;
    private final ValidationBatches validation;
    private final RunJournal journal;
    private final StopSignal stop;
    private RunState<LoaderState> state;

    /// What a run is made of.
    ///
    /// @param source training and validation documents
    /// @param tokenizer of a new run; a resumed one takes the one it began with
    /// @param checkpoints where the run saves itself, its tokenizer and its metrics
    /// @param userConfig the options it was asked for with, by name
    /// @param core which tasks are measured on the way, if any
    public record Setup(PretrainingPlan plan, DocumentSource source, Tokenizer tokenizer, CheckpointDirectory checkpoints,
            Map<String, String> userConfig, Optional<CoreCadence> core) {
        public Setup {
            userConfig = Map.copyOf(userConfig);
        }

        /// Without the CORE evaluation.
        public Setup(PretrainingPlan plan, DocumentSource source, Tokenizer tokenizer, CheckpointDirectory checkpoints,
                Map<String, String> userConfig) {
            this(plan, source, tokenizer, checkpoints, userConfig, Optional.empty());
        }
    }

    /// Prepares a new run. What a folder of that name holds already is kept under the name with `.previous` after it.
    ///
    /// @throws BadInputException when there is not enough text; nothing has been touched then
    public static Pretraining start(Setup setup, Backend backend, RunListener listener, StopSignal stop) {
        checkData(setup);
        ModelInTraining.moveAside(setup.checkpoints.folder());
        return new Pretraining(setup, backend, TokenizerCopy.save(setup.checkpoints.folder(), setup.tokenizer), Optional.empty(), listener,
                stop);
    }

    /// Prepares to go on from a checkpoint of the run.
    ///
    /// @throws BadInputException when there is no such checkpoint, or it does not fit the plan, the data or the tokenizer beside it
    public static Pretraining resume(Setup setup, int step, Backend backend, RunListener listener, StopSignal stop) {
        PretrainingMeta meta = setup.checkpoints.readMeta(step, PretrainingMeta.class);
        Path folder = setup.checkpoints.folder();
        TokenizerCopy tokenizer = TokenizerCopy.load(folder, meta.tokenizerSha256(), meta.modelConfig().vocabSize());
        GptConfigFields planned = GptConfigFields.of(setup.plan.config());
        if (!planned.equals(meta.modelConfig())) {
            throw new BadInputException("Cannot resume: the checkpoint in " + folder + " is of the model " + meta.modelConfig()
                    + ", the options ask for " + planned);
        }
        if (step > setup.plan.iterations()) {
            throw new BadInputException("Cannot resume: the checkpoint is of step " + step + ", but the run shall have only "
                    + setup.plan.iterations() + " steps. Raise --num-iterations.");
        }
        return new Pretraining(setup, backend, tokenizer, Optional.of(meta.state()), listener, stop);
    }

    private Pretraining(Setup setup, Backend backend, TokenizerCopy tokenizer, Optional<RunState<LoaderState>> resumed,
            RunListener listener, StopSignal stop) {
        this.setup = setup;
        this.plan = setup.plan;
        this.backend = backend;
        this.tokenizer = tokenizer;
        this.stop = stop;
        tokenBytes = tokenizer.tokenizer().tokenBytes();
        model = new ModelInTraining(plan.config(), plan.settings(), backend, plan.compute());
        objective = model.nextToken(plan.layout().rows(), plan.layout().length());
        sampler = new NaiveSampler(model.gpt(), model.tape());
        validation = new ValidationBatches(setup.source, tokenizer.tokenizer(), plan.layout(), Share.WHOLE,
                plan.cadence().evaluationTokens());
        if (resumed.isPresent()) {
            state = resumed.get();
            model.read(setup.checkpoints, state.step(), state.step());
            loader = new BatchLoader(setup.source, tokenizer.tokenizer(), plan.layout(), state.loader());
        } else {
            model.initialize(plan.seed());
            loader = new BatchLoader(setup.source, tokenizer.tokenizer(), plan.layout(), Share.WHOLE);
            state = RunState.beginning(loader.state());
        }
        journal = new RunJournal(plan, setup.checkpoints, state.step(), listener);
    }

    /// Trains until the last step and saves; or until asked to stop, and saves what the last whole step left.
    ///
    /// @return the state that was saved
    /// @throws BadInputException when the loss is no longer a number, a document cannot be read, or a checkpoint cannot be written
    public RunState<LoaderState> run() {
        journal.started(state.step(), backend, setup.userConfig);
        try {
            while (state.step() < plan.iterations()) {
                if (state.isDue(plan.cadence().evaluateEvery())) {
                    evaluate();
                }
                if (state.isDue(plan.cadence().sampleEvery())) {
                    sample();
                }
                boolean coreIsDue = setup.core.isPresent() && state.isDue(setup.core.get().every()) && state.step() > 0;
                if (state.isDue(plan.cadence().saveEvery()) && state.step() > 0 || coreIsDue) {
                    save();
                }
                if (coreIsDue) {
                    measureCore();
                }

                long began = System.nanoTime();
                double loss = 0;
                for (int i = 0; i < plan.microSteps(); i++) {
                    stop.check();
                    loss += objective.addGradients(loader.next(), plan.microSteps()) / plan.microSteps();
                }
                checkFinite(loss);
                ScheduleValues schedule = plan.schedule().at(state.step());
                model.step(schedule);
                double seconds = RunJournal.secondsSince(began);
                state = state.stepped(loss, loader.state(), seconds);
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
        if (plan.cadence().sampleEvery() > 0) {
            sample();
        }
        measureCore();
    }

    private void evaluate() {
        long began = System.nanoTime();
        BitsPerByte result = BitsPerByte.measure(objective, validation, tokenBytes, stop::check);
        state = state.evaluated(result.value());
        journal.evaluated(state.step(), result, RunJournal.secondsSince(began));
    }

    private void sample() {
        stop.check();
        journal.tell(new RunEvent.Sampled(state.step(), SamplePrompt.completeAll(sampler, tokenizer.tokenizer())));
    }

    /// By an engine on a copy of the weights.
    private void measureCore() {
        setup.core.ifPresent(core -> {
            long began = System.nanoTime();
            WeightFormat format = plan.compute() == DType.BF16 ? WeightFormat.BF16 : WeightFormat.F32;
            try (ModelEngine engine = new ModelEngine(model.gpt().parameters(), format, core.threads());
                    CoreEvaluation evaluation = CoreEvaluation.of(engine, tokenizer.tokenizer())) {
                CoreScores scores = evaluation.measure(core.bundle(), core.mostPerTask(), (_, _, _, _) -> stop.check());
                new EvaluationFile(setup.checkpoints.folder(), state.step()).add(Map.of("core", scores));
                journal.tell(new RunEvent.CoreMeasured(state.step(), scores, RunJournal.secondsSince(began)));
            }
        });
    }

    private void save() {
        write();
        journal.tell(new RunEvent.Saved(state.step(), setup.checkpoints.folder()));
    }

    private void write() {
        model.save(setup.checkpoints, state.step(), new PretrainingMeta(state.step(), state.bitsPerByte(),
                GptConfigFields.of(plan.config()), tokenizer.sha256(), setup.userConfig, plan, state));
    }

    private void checkFinite(double loss) {
        if (!Double.isFinite(loss)) {
            throw new BadInputException("The loss is " + loss + " at step " + state.step() + ": training has diverged. Lower the learning"
                    + " rates, or raise --warmup-steps; checkpoints of earlier steps are still there.");
        }
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
        loader.close();
        journal.close();
    }
}
