package nanochat.eval;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import nanochat.engine.Engine;
import nanochat.engine.EngineWeights;
import nanochat.engine.InferenceGpt;
import nanochat.engine.WeightFormat;
import nanochat.engine.kernel.SourceTensor;
import nanochat.engine.kernel.Workers;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Tensor;
import nanochat.tokenizer.Tokenizer;

/// An engine on a copy of a model's weights, with all that it needs.
public final class ModelEngine implements AutoCloseable {
    /// Room for a prompt and its completion, also where a model was trained on shorter rows.
    private static final int SHORTEST_CONTEXT = 256;

    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    private final EngineWeights weights;
    private final Engine engine;

    /// Without tools.
    ///
    /// @param format of the copy
    /// @param threads how many compute, the calling one included
    public ModelEngine(GptParameters parameters, WeightFormat format, int threads) {
        this(parameters, format, threads, Engine::new);
    }

    /// With the calculator.
    public ModelEngine(GptParameters parameters, Tokenizer tokenizer, WeightFormat format, int threads) {
        this(parameters, format, threads, gpt -> new Engine(gpt, tokenizer));
    }

    private ModelEngine(GptParameters parameters, WeightFormat format, int threads, Function<InferenceGpt, Engine> make) {
        GptConfig config = parameters.config();
        workers = new Workers(threads);
        weights = EngineWeights.load(config, format, name -> source(parameters, name), arena);
        engine = make.apply(new InferenceGpt(weights, workers, Math.max(config.sequenceLength(), SHORTEST_CONTEXT)));
    }

    private static SourceTensor source(GptParameters parameters, String name) {
        Tensor value = parameters.named(name).value();
        MemorySegment bytes = Arena.ofAuto().allocate(value.bytes(), Float.BYTES);
        parameters.backend().copyOut(value, bytes);
        return new SourceTensor(name, bytes, value.shape());
    }

    /// Good until this is closed.
    public Engine engine() {
        return engine;
    }

    GptConfig config() {
        return weights.config();
    }

    /// Passes over the same weights for sequences of up to `maximumLength` tokens; the caller closes them, before this.
    InferenceGpt passes(int maximumLength) {
        return new InferenceGpt(weights, workers, maximumLength);
    }

    @Override
    public void close() {
        engine.close();
        workers.close();
        arena.close();
    }
}
