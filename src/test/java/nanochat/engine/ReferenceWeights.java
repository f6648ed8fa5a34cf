package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import nanochat.engine.kernel.BlockSource;
import nanochat.engine.kernel.Matrix;
import nanochat.engine.kernel.SourceTensor;
import nanochat.model.ReferenceCase;

/// The parameters of a recorded case as the engine loads them.
public final class ReferenceWeights {
    private ReferenceWeights() {
    }

    /// @param stage `param` for the initial parameters, `after3` for those after three steps of the optimizer
    static EngineWeights load(ReferenceCase recorded, String stage, WeightFormat format) {
        return EngineWeights.load(recorded.config(), format, source(recorded, stage), Arena.ofAuto());
    }

    static TensorSource source(ReferenceCase recorded, String stage) {
        return name -> tensor(name, recorded.floats(stage + "." + name), recorded.shape(stage + "." + name));
    }

    /// @param parts one below the other
    public static Matrix matrix(WeightFormat format, Arena arena, SourceTensor... parts) {
        BlockSource source = new BlockSource(parts);
        Matrix matrix = format.matrix(arena, source.outputs(), source.inputs());
        for (int block = 0; block < matrix.blocks(); block++) {
            matrix.fill(source, block);
        }
        return matrix;
    }

    public static SourceTensor tensor(String name, float[] values, int... shape) {
        MemorySegment memory = Arena.ofAuto().allocate(4L * values.length, 4);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT, 0, values.length);
        return new SourceTensor(name, memory, shape);
    }
}
