package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import nanochat.tensor.Bfloat16;

/// One vector per token id, in f32 or bf16. Only a row is read per token, so the format matters for the memory it takes, not for speed.
public final class EmbeddingTable {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

    private final MemorySegment memory;
    private final int width;
    private final boolean halved;

    /// @param halved whether the vectors are kept in bf16
    public EmbeddingTable(boolean halved, Arena arena, SourceTensor source) {
        this.width = source.columns();
        this.halved = halved;
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

    public long bytes() {
        return memory.byteSize();
    }

    /// Writes the vector of `token` to an address, as floats.
    public void copy(int token, long target) {
        long first = (long) token * width;
        if (halved) {
            for (int column = 0; column < width; column++) {
                Tile.ALL.set(Tile.FLOAT, target + 4L * column, Bfloat16.toFloat(Tile.ALL.get(SHORT, memory.address() + 2 * (first
                        + column))));
            }
        } else {
            VectorMath.copy(memory.address() + 4 * first, target, width);
        }
    }
}
