package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import nanochat.tensor.Bfloat16;

/// One vector per token id. Only a row is read per token, so the format matters for the memory it takes, not for speed: f32 with f32
/// matrices, else bf16.
final class EmbeddingTable {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

    private final MemorySegment memory;
    private final int width;
    private final boolean halved;

    EmbeddingTable(WeightFormat format, Arena arena, SourceTensor source) {
        this.width = source.columns();
        this.halved = format != WeightFormat.F32;
        if (halved) {
            long size = (long) source.rows() * width;
            this.memory = arena.allocate(2 * size, 64);
            for (long i = 0; i < size; i++) {
                memory.setAtIndex(SHORT, i, Bfloat16.fromFloat(source.values().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i)));
            }
        } else {
            this.memory = arena.allocate(source.values().byteSize(), 64).copyFrom(source.values());
        }
    }

    long bytes() {
        return memory.byteSize();
    }

    /// Element `column` of the vector of `token`.
    float get(int token, int column) {
        long index = (long) token * width + column;
        return halved ? Bfloat16.toFloat(memory.getAtIndex(SHORT, index)) : memory.getAtIndex(FLOAT, index);
    }

    /// Writes the vector of `token` to `offset` of `target`.
    void copy(int token, MemorySegment target, long offset) {
        if (halved) {
            for (int column = 0; column < width; column++) {
                target.set(FLOAT, offset + 4L * column, get(token, column));
            }
        } else {
            MemorySegment.copy(memory, 4L * token * width, target, offset, 4L * width);
        }
    }
}
