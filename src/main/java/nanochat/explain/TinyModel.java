package nanochat.explain;

import java.util.function.DoubleConsumer;
import nanochat.data.BatchLayout;
import nanochat.data.BatchLoader;
import nanochat.data.BuiltInDocuments;
import nanochat.data.Packing;
import nanochat.data.Share;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.objective.NextToken;
import nanochat.optim.MuonAdamW;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ParameterGroups;
import nanochat.optim.ScheduleValues;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Visibility;
import nanochat.tokenizer.BpeTrainer;
import nanochat.tokenizer.Tokenizer;
import nanochat.tokenizer.TrainerOptions;
import nanochat.tokenizer.TrainingProgress;

/// A model for those who have none yet: two layers, trained for a moment on the built-in corpus. It knows nearly nothing, but everything in it works
/// as in a large one.
///
/// @param parameters with gradients, zero
record TinyModel(Tokenizer tokenizer, GptParameters parameters) {
    private static final int DOCUMENTS = 200;
    private static final int VOCABULARY = 512;
    private static final int LAYERS = 2;
    private static final int LENGTH = 64;
    private static final int ROWS = 4;
    static final int STEPS = 30;
    /// So little work is done sooner by one thread: while the kernels are new, the other processors belong to the compiler, and threads that wait for each
    /// other would take them from it. Its results are those of any number, bit for bit.
    static final int THREADS = 1;
    private static final long SEED = 42;

    /// Trains it: always the same one.
    static TinyModel train(Backend backend) {
        Tokenizer tokenizer = learnTokenizer();
        return new TinyModel(tokenizer, train(backend, tokenizer, new Visibility.Causal(LENGTH), STEPS, loss -> {}));
    }

    static GptConfig config() {
        return GptConfig.ofDepth(LAYERS, 64, 64, LENGTH, VOCABULARY, "L");
    }

    static Tokenizer learnTokenizer() {
        return BpeTrainer.train(new BuiltInCorpus(SEED).documents(Split.TRAIN).limit(DOCUMENTS).iterator(),
                TrainerOptions.defaults().withVocabularySize(VOCABULARY), TrainingProgress.NONE).tokenizer();
    }

    /// Trains one whose queries may see something else.
    ///
    /// @param losses told the loss of every step
    static GptParameters train(Backend backend, Tokenizer tokenizer, Visibility sight, int steps, DoubleConsumer losses) {
        GptParameters parameters = new GptParameters(config(), backend, DType.F32, true);
        parameters.initialize(SEED);
        NextToken objective = new NextToken(new Gpt(parameters, LENGTH, false, _ -> sight), new Tape(backend, DType.F32), ROWS, LENGTH);
        MuonAdamW optimizer = new MuonAdamW(backend, ParameterGroups.of(parameters, OptimizerSettings.DEFAULT.withLearningRatesTimes(0.5)));
        try (BatchLoader batches = new BatchLoader(new BuiltInDocuments(SEED), tokenizer, new BatchLayout(Packing.BESTFIT, ROWS, LENGTH),
                Share.WHOLE)) {
            for (int step = 0; step < steps; step++) {
                objective.addGradients(batches.next(), 1);
                losses.accept(objective.takeLoss());
                optimizer.step(new ScheduleValues(1 - (double) step / steps, 0.9, 0));
            }
        }
        return parameters;
    }
}
