package nanochat.eval;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.EngineWeights;
import nanochat.engine.Generation;
import nanochat.engine.InferenceGpt;
import nanochat.engine.SourceTensor;
import nanochat.engine.WeightFormat;
import nanochat.engine.Workers;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Tensor;

/// The most likely continuation by the engine with its KV cache, on a copy of a model's weights.
public final class EngineCompleter implements Completer, AutoCloseable {
    /// Room for a prompt and its completion, also where a model was trained on shorter rows.
    private static final int SHORTEST_CONTEXT = 256;

    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    private final Engine engine;

    /// @param format of the copy
    /// @param threads how many compute, the calling one included
    public EngineCompleter(GptParameters parameters, WeightFormat format, int threads) {
        GptConfig config = parameters.config();
        workers = new Workers(threads);
        EngineWeights weights = EngineWeights.load(config, format, name -> source(parameters, name), arena);
        engine = new Engine(new InferenceGpt(weights, workers, Math.max(config.sequenceLength(), SHORTEST_CONTEXT)));
    }

    private static SourceTensor source(GptParameters parameters, String name) {
        Tensor value = parameters.named(name).value();
        MemorySegment bytes = Arena.ofAuto().allocate(value.bytes(), Float.BYTES);
        parameters.backend().copyOut(value, bytes);
        return new SourceTensor(name, bytes, value.shape());
    }

    @Override
    public int[] complete(int[] prompt, int maxTokens, int stop) {
        return engine.generate(prompt, 1, Generation.greedy(maxTokens, Set.of(stop)), ColumnListener.NONE).getFirst().tokens();
    }

    @Override
    public void close() {
        engine.close();
        workers.close();
        arena.close();
    }
}
