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

    /// All zero.
    ///
    /// @param halved whether the vectors are kept in bf16
    public EmbeddingTable(boolean halved, Arena arena, int rows, int width) {
        this.width = width;
        this.halved = halved;
        this.memory = arena.allocate((halved ? 2L : 4L) * rows * width, 64);
    }

    /// Overwrites the vectors of tokens `first` to before `end` by those of `source`, which has the same shape.
    public void fill(SourceTensor source, int first, int end) {
        if (halved) {
            float[] vector = new float[width];
            for (int token = first; token < end; token++) {
                source.copyRow(token, vector);
                for (int column = 0; column < width; column++) {
                    memory.setAtIndex(SHORT, (long) token * width + column, Bfloat16.fromFloat(vector[column]));
                }
            }
        } else {
            MemorySegment.copy(source.values(), 4L * first * width, memory, 4L * first * width, 4L * (end - first) * width);
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
