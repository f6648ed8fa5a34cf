package nanochat.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.data.BuiltInDocuments;
import nanochat.data.DocumentSource;
import nanochat.data.LoaderState;
import nanochat.data.Packing;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Split;
import nanochat.eval.SamplePrompt;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.PretrainingSchedule;
import nanochat.optim.ScalingLaws;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tokenizer.BpeTrainer;
import nanochat.tokenizer.Tokenizer;
import nanochat.tokenizer.TrainerOptions;
import nanochat.tokenizer.TrainingProgress;

/// The whole road at once, on the built-in corpus: a tokenizer, then a model that knows some facts, in minutes.
///
/// @param checkpoints where the model is saved
/// @param depth layers of the model
/// @param iterations steps of training
/// @param language of the corpus
/// @param compute the type of matrix products
/// @param userConfig the options it was asked for with, by name
public record Speedrun(CheckpointDirectory checkpoints, int depth, int iterations, CorpusLanguage language, DType compute,
        Map<String, String> userConfig) {
    /// Large enough for the planets' names to be one token each.
    public static final int VOCABULARY = 4096;
    /// Documents that the tokenizer learns from; more would hardly change it.
    public static final int TOKENIZER_DOCUMENTS = 20_000;

    private static final int SEQUENCE_LENGTH = 256;
    private static final int ROWS = 16;
    private static final int TOTAL_BATCH = ROWS * SEQUENCE_LENGTH;
    /// A short run: found by trial (LOG 65, 68 and 72).
    private static final double LEARNING_RATES = 0.25;
    private static final int WARMUP_STEPS = 20;
    private static final long SEED = 42;
    private static final long EVALUATED_TOKENS = 8L * TOTAL_BATCH;
    private static final int EVALUATIONS = 8;
    private static final int ROUNDS_OF_SAMPLES = 4;
    private static final int SNAPSHOTS = 6;

    public Speedrun {
        userConfig = Map.copyOf(userConfig);
    }

    /// What came out.
    ///
    /// @param state of the model that was saved
    /// @param finished false where the run was stopped before its last step
    /// @param bitsPerByte of every validation, in order
    /// @param completions of the prompts, the last ones made
    public record Outcome(RunState<LoaderState> state, boolean finished, List<Double> bitsPerByte,
            List<SamplePrompt.Completion> completions) {
        public Outcome {
            bitsPerByte = List.copyOf(bitsPerByte);
            completions = List.copyOf(completions);
        }

        /// How many of the prompts are completed correctly.
        public long right() {
            return completions.stream().filter(SamplePrompt.Completion::right).count();
        }
    }

    /// The first stage.
    public static Tokenizer trainTokenizer(CorpusLanguage language) {
        return BpeTrainer.train(language.corpus(DocumentSource.BUILT_IN_SEED).documents(Split.TRAIN).limit(TOKENIZER_DOCUMENTS).iterator(),
                TrainerOptions.defaults().withVocabularySize(VOCABULARY), TrainingProgress.NONE).tokenizer();
    }

    /// The tokenizer of an earlier run, to resume it.
    public Tokenizer earlierTokenizer() {
        return TokenizerCopy.load(checkpoints.folder()).tokenizer();
    }

    /// What the second stage will do.
    public PretrainingPlan plan(Tokenizer tokenizer) {
        double undone = Math.sqrt((double) ScalingLaws.REFERENCE_BATCH / TOTAL_BATCH);
        PretrainingOptions options = new PretrainingOptions(
                new PretrainingOptions.ModelDials(depth, 64, 128, SEQUENCE_LENGTH, "SSSL"),
                new PretrainingOptions.Horizon(iterations, PretrainingOptions.UNSET, PretrainingOptions.UNSET),
                new PretrainingOptions.BatchSizes(ROWS, TOTAL_BATCH),
                OptimizerSettings.DEFAULT.withLearningRatesTimes(LEARNING_RATES * undone),
                new PretrainingOptions.Warmth(WARMUP_STEPS, PretrainingSchedule.DEFAULT_WARMDOWN_RATIO,
                        PretrainingSchedule.DEFAULT_FINAL_LEARNING_RATE_FRACTION),
                new PretrainingOptions.Cadence(Math.ceilDiv(iterations, EVALUATIONS), EVALUATED_TOKENS,
                        Math.ceilDiv(iterations, ROUNDS_OF_SAMPLES), PretrainingOptions.UNSET),
                Packing.BESTFIT, compute, SEED);
        return PretrainingPlan.of(options, tokenizer.vocabularySize());
    }

    /// The second stage: pretrains, validates and samples, and saves the model.
    ///
    /// @param resumeFrom the step of a checkpoint to go on from; empty for a new run
    public Outcome pretrain(Tokenizer tokenizer, Optional<Integer> resumeFrom, Backend backend, RunListener listener, StopSignal stop) {
        PretrainingPlan plan = plan(tokenizer);
        Pretraining.Setup setup = new Pretraining.Setup(plan, new BuiltInDocuments(DocumentSource.BUILT_IN_SEED, language), tokenizer,
                checkpoints, userConfig).withSnapshots(snapshots());
        List<Double> bitsPerByte = new ArrayList<>();
        List<SamplePrompt.Completion> completions = new ArrayList<>();
        RunListener keeper = event -> {
            if (event instanceof RunEvent.Evaluated evaluated) {
                bitsPerByte.add(evaluated.bitsPerByte());
            } else if (event instanceof RunEvent.Sampled sampled) {
                completions.clear();
                completions.addAll(sampled.completions());
            }
            listener.on(event);
        };
        try (Pretraining pretraining = resumeFrom.isPresent()
                ? Pretraining.resume(setup, resumeFrom.get(), backend, keeper, stop)
                : Pretraining.start(setup, backend, keeper, stop)) {
            RunState<LoaderState> state = pretraining.run();
            return new Outcome(state, state.step() == iterations, bitsPerByte, completions);
        }
    }

    /// The half of the run, the half of that, ...: most is learned early. What `explain next-token` draws its curves of.
    private Set<Integer> snapshots() {
        return IntStream.rangeClosed(1, SNAPSHOTS).map(half -> iterations >> half).filter(step -> step > 0).boxed().collect(Collectors
                .toSet());
    }
}
