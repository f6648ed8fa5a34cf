package nanochat.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import nanochat.engine.TensorSource;
import nanochat.engine.kernel.SourceTensor;
import nanochat.model.GptConfig;
import nanochat.model.ParameterLayout;
import nanochat.tensor.Tensor;

/// Weights of a model that was never trained: uniform, of the size that keeps activations near one. Unlike start values of training no matrix is zero.
final class RandomWeights implements TensorSource {
    private final ParameterLayout layout;
    private final long seed;

    RandomWeights(GptConfig config, long seed) {
        this.layout = ParameterLayout.of(config);
        this.seed = seed;
    }

    @Override
    public SourceTensor tensor(String name) {
        int[] shape = layout.shape(name);
        long size = Tensor.size(shape);
        MemorySegment values = Arena.ofAuto().allocate(4 * size, 4);
        SplittableRandom random = new SplittableRandom(seed ^ name.hashCode());
        float bound = (float) Math.sqrt(3.0 / shape[shape.length - 1]);
        for (long i = 0; i < size; i++) {
            values.setAtIndex(ValueLayout.JAVA_FLOAT, i, bound * ((random.nextInt() >> 8) * 0x1p-23f));
        }
        return new SourceTensor(name, values, shape);
    }
}
