package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Activations: `capacity` rows of `width` floats each, off-heap. The distance between rows is `width` rounded up to a multiple of
/// [Tile#WIDTH], so that matrix products may write whole tiles.
///
/// @param memory all rows, 64-byte aligned
/// @param width floats of a row that mean something
/// @param stride bytes from a row to the next
public record Rows(MemorySegment memory, int width, long stride) {
    /// Memory is allocated for a multiple of so many rows.
    static final int GRANULE = 16;
    public static final Rows NONE = new Rows(MemorySegment.NULL, 0, 0);

    public static Rows allocate(Arena arena, int capacity, int width) {
        long stride = 4L * Tile.roundUp(width);
        return new Rows(arena.allocate(stride * ((capacity + GRANULE - 1) / GRANULE * GRANULE), 64), width, stride);
    }

    /// The rows from `first` on.
    public Rows from(int first) {
        return first == 0 ? this : new Rows(memory.asSlice(first * stride), width, stride);
    }

    /// Offset of a row in bytes.
    public long offset(int row) {
        return row * stride;
    }

    /// Address of a row: good as long as this object is reachable and its arena open.
    public long address(int row) {
        return memory.address() + row * stride;
    }

    /// One element.
    public float get(int row, int column) {
        return memory.get(ValueLayout.JAVA_FLOAT, row * stride + 4L * column);
    }

    /// The column of the largest element of a row; of equal ones the first.
    public int argmax(int row) {
        return Kernels.argmax(address(row), width);
    }

    /// `ln` of the sum of `e^x` over a row.
    public float logSumExp(int row) {
        float largest = get(row, argmax(row));
        return largest + (float) Math.log(VectorMath.sumOfExp(address(row), width, largest));
    }

    /// `ln` of the softmax of a row at one column.
    public float logProbability(int row, int column) {
        return get(row, column) - logSumExp(row);
    }

    /// The entropy of the softmax of a row, in nats.
    public float entropy(int row) {
        float largest = get(row, argmax(row));
        float sum = VectorMath.sumOfExp(address(row), width, largest);
        return (float) Math.log(sum) - VectorMath.sumOfExpTimesExponent(address(row), width, largest) / sum;
    }

    /// A copy of one row in memory of its own.
    public Rows copyOfRow(int row) {
        Rows copy = new Rows(Arena.ofAuto().allocate(4L * width, 64), width, 4L * width); // no granule: rows of logits are large
        MemorySegment.copy(memory, row * stride, copy.memory, 0, 4L * width);
        return copy;
    }

    /// Copies a row into `target`, which holds at least `width` floats.
    public void copyRow(int row, float[] target) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, row * stride, target, 0, width);
    }
}
