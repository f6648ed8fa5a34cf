package nanochat.eval;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.EngineWeights;
import nanochat.engine.InferenceGpt;
import nanochat.engine.TensorSource;
import nanochat.engine.WeightFormat;
import nanochat.engine.kernel.Workers;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tokenizer.Tokenizer;

/// A small model, twice: for the engine, and on the reference backend, whose logits are the oracle.
final class SmallModel implements AutoCloseable {
    private final Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32);
    private final Gpt gpt;
    private final Workers workers = new Workers(2);
    private final InferenceGpt engine;
    private final int limit;

    /// With random weights, and windows much shorter than `limit`, the most tokens of a sequence.
    static SmallModel random(long seed, int vocabulary, int limit) {
        RandomValues random = new RandomValues(seed);
        return new SmallModel(vocabulary, limit, parameter -> random.normal(parameter.value().size(), 0.5));
    }

    /// Finds all tokens equally likely.
    static SmallModel undecided(int vocabulary, int limit) {
        return new SmallModel(vocabulary, limit, parameter -> new float[Math.toIntExact(parameter.value().size())]);
    }

    /// Is sure that token n + 1 follows token n: the blocks add nothing, and the unembedding of n + 1 is the embedding of n.
    static SmallModel counting(int vocabulary, int limit) {
        return new SmallModel(vocabulary, limit, parameter -> {
            float[] values = new float[Math.toIntExact(parameter.value().size())];
            float[] embeddings = new RandomValues(1).normal(values.length, 1);
            int width = parameter.value().columns();
            switch (parameter.name()) {
                case "transformer.wte.weight" -> System.arraycopy(embeddings, 0, values, 0, values.length);
                case "lm_head.weight" -> System.arraycopy(embeddings, 0, values, width, values.length - width);
                case "resid_lambdas" -> Arrays.fill(values, 1);
                default -> {
                }
            }
            return values;
        });
    }

    private SmallModel(int vocabulary, int limit, Function<Parameter, float[]> values) {
        GptConfig config = GptConfig.ofDepth(3, 16, 16, 64, vocabulary, "SSL");
        GptParameters parameters = new GptParameters(config, backend, DType.F32, false);
        parameters.all().forEach(parameter -> backend.write(parameter.value(), values.apply(parameter)));
        gpt = new Gpt(parameters, limit);
        EngineWeights weights = EngineWeights.load(config, WeightFormat.F32, TensorSource.of(parameters), Arena.ofAuto());
        engine = new InferenceGpt(weights, workers, limit);
        this.limit = limit;
    }

    InferenceGpt engine() {
        return engine;
    }

    /// More passes over the same weights; the caller closes them.
    InferenceGpt passes() {
        return new InferenceGpt(engine.weights(), workers, limit);
    }

    /// An engine on a copy of the weights; the caller closes it.
    Engine newEngine(Tokenizer tokenizer) {
        return Engine.of(gpt.parameters(), Optional.of(tokenizer), EngineOptions.of(WeightFormat.F32, 2).withContext(limit));
    }

    /// The logits after each token, by a forward pass over exactly these.
    float[][] logits(int[] tokens) {
        int vocabulary = gpt.config().vocabularySize();
        Tensor ids = backend.allocate(DType.I32, tokens.length);
        Tensor logits = backend.allocate(DType.F32, tokens.length, vocabulary);
        backend.write(ids, tokens);
        gpt.logits(new Tape(backend, DType.F32), logits, ids, 1, tokens.length);
        float[] values = backend.read(logits);
        float[][] rows = new float[tokens.length][];
        Arrays.setAll(rows, row -> Arrays.copyOfRange(values, row * vocabulary, (row + 1) * vocabulary));
        return rows;
    }

    /// Of equal logits the first.
    static int argmax(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }

    /// Minus the logarithm of the target's probability.
    static double loss(float[] logits, int target) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        return Math.log(sum) - logits[target];
    }

    @Override
    public void close() {
        engine.close();
        workers.close();
        backend.close();
    }
}
