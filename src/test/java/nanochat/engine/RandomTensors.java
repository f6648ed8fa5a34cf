package nanochat.engine;

import java.util.Arrays;
import java.util.SplittableRandom;
import nanochat.engine.kernel.SourceTensor;
import nanochat.model.GptConfig;
import nanochat.model.ParameterLayout;

/// Parameters of a model that was never trained, as the engine and the naive model load them: large enough that every part of the model shows in its
/// logits.
final class RandomTensors implements TensorSource {
    private final ParameterLayout layout;
    private final long seed;

    RandomTensors(GptConfig config, long seed) {
        this(config, 0, seed);
    }

    RandomTensors(GptConfig config, int extraHeads, long seed) {
        this.layout = ParameterLayout.of(config, extraHeads);
        this.seed = seed;
    }

    static EngineWeights weights(GptConfig config, long seed, WeightFormat format) {
        return EngineWeights.load(config, format, new RandomTensors(config, seed), java.lang.foreign.Arena.ofAuto());
    }

    @Override
    public SourceTensor tensor(String name) {
        int[] shape = layout.shape(name);
        SplittableRandom random = new SplittableRandom(seed + name.hashCode());
        float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        double bound = shape.length == 1 ? 1 : Math.sqrt(3.0 / shape[1]);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(shape.length == 1 ? 0.1 : -bound, bound);
        }
        return ReferenceWeights.tensor(name, values, shape);
    }
}
