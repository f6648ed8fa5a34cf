package nanochat.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import nanochat.tensor.Bfloat16;

/// One vector per token id, in f32 or bf16. Only a row is read per token, so the format matters for the memory it takes, not for speed.
public final class EmbeddingTable {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

    private final MemorySegment memory;
    private final int width;
    private final boolean halved;
    private Optional<Reader> reader = Optional.empty();

    /// Reads what stands in memory without touching it: from the file that is mapped there.
    @FunctionalInterface
    public interface Reader {
        /// Fills `target` with what stands at `address`.
        void read(long address, byte[] target);
    }

    /// In new memory: all zero where that is an arena's.
    ///
    /// @param halved whether the vectors are kept in bf16
    public EmbeddingTable(boolean halved, SegmentAllocator memory, int rows, int width) {
        this.width = width;
        this.halved = halved;
        this.memory = memory.allocate((halved ? 2L : 4L) * rows * width, 64);
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

    /// From now on vectors are read so. The few that a text needs would else bring their neighbours along, page by page, and the process would
    /// soon have the whole table in its memory.
    public void readBy(Reader ofMemory) {
        reader = Optional.of(ofMemory);
    }

    public long bytes() {
        return memory.byteSize();
    }

    private void copy(MemorySegment vector, long target) {
        if (halved) {
            short[] halves = new short[width];
            MemorySegment.copy(vector, ValueLayout.JAVA_SHORT_UNALIGNED, 0, halves, 0, width);
            float[] floats = new float[width];
            for (int column = 0; column < width; column++) {
                floats[column] = Bfloat16.toFloat(halves[column]);
            }
            MemorySegment.copy(floats, 0, Tile.ALL, Tile.FLOAT, target, width);
        } else {
            MemorySegment.copy(vector, 0, Tile.ALL, target, 4L * width);
        }
    }

    /// Writes the vector of `token` to an address, as floats.
    public void copy(int token, long target) {
        long first = (long) token * width;
        if (reader.isPresent()) {
            byte[] vector = new byte[(halved ? Short.BYTES : Float.BYTES) * width];
            reader.get().read(memory.address() + (halved ? Short.BYTES : Float.BYTES) * first, vector);
            copy(MemorySegment.ofArray(vector), target);
        } else if (halved) {
            for (int column = 0; column < width; column++) {
                Tile.ALL.set(Tile.FLOAT, target + 4L * column, Bfloat16.toFloat(Tile.ALL.get(SHORT, memory.address() + 2 * (first
                        + column))));
            }
        } else {
            Kernels.copy(memory.address() + 4 * first, target, width);
        }
    }
}
