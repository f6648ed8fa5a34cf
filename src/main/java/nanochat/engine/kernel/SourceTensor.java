package nanochat.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import nanochat.io.BadInputException;

/// A tensor as a checkpoint gives it: f32, row-major, native byte order.
///
/// @param name for messages
/// @param values the elements; need not be aligned
public record SourceTensor(String name, MemorySegment values, int... shape) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    public SourceTensor {
        long size = 4;
        for (int dimension : shape) {
            size *= dimension;
        }
        if (values.byteSize() != size) {
            throw new BadInputException("Tensor " + name + " of shape " + Arrays.toString(shape) + " needs " + size + " bytes, has "
                    + values.byteSize());
        }
    }

    public int rows() {
        return shape.length == 2 ? shape[0] : 1;
    }

    public int columns() {
        return shape[shape.length - 1];
    }

    void copyRow(int row, float[] target) {
        MemorySegment.copy(values, FLOAT, 4L * row * columns(), target, 0, columns());
    }

    public float[] toArray() {
        float[] array = new float[Math.toIntExact(values.byteSize() / 4)];
        MemorySegment.copy(values, FLOAT, 0, array, 0, array.length);
        return array;
    }

    /// All elements, in memory that there is already.
    public void copyTo(float[] target) {
        MemorySegment.copy(values, FLOAT, 0, target, 0, target.length);
    }

    /// Fails with the tensor's name unless it has this shape.
    public SourceTensor withShape(int... expected) {
        if (!Arrays.equals(shape, expected)) {
            throw new BadInputException("Tensor " + name + " has shape " + Arrays.toString(shape) + ", the model's configuration needs "
                    + Arrays.toString(expected));
        }
        return this;
    }
}
