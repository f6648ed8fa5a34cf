package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// A cursor over the rows of an activation that shows them as f32: in place if they are, else widened into a scratch row. Kernels are
/// written once, for f32. [#read] moves to a row and shows it; [#target] moves to a row to be written, which [#write] then stores.
final class FloatRow {
    private final MemorySegment data;
    private final MemorySegment scratch;
    private final boolean bf16;
    private final int columns;
    private long row;
    private MemorySegment segment;
    private long index;

    /// @param piece number of the scratch piece for rows that are not f32
    FloatRow(Tensor tensor, Scratch scratch, int piece) {
        this.data = HostMemory.of(tensor);
        this.bf16 = tensor.dtype() == DType.BF16;
        this.columns = tensor.columns();
        this.scratch = bf16 ? scratch.floats(piece, columns) : data;
        this.segment = data;
    }

    void target(long row) {
        this.row = row;
        segment = scratch;
        index = bf16 ? 0 : row * columns;
    }

    void read(long row) {
        target(row);
        if (bf16) {
            RowMath.widen(scratch, 0, data, row * columns, columns);
        }
    }

    void write() {
        if (bf16) {
            RowMath.narrowScaled(data, row * columns, scratch, 0, 1f, columns);
        }
    }

    MemorySegment segment() {
        return segment;
    }

    long index() {
        return index;
    }
}
