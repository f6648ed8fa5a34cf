package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import nanochat.tensor.Bfloat16;

/// bfloat16: two consecutive inputs of an output share a 32-bit lane, so a shift yields the one and a mask the other as floats.
record Bf16Matrix(int outputs, int inputs, MemorySegment memory) implements Matrix {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = Tile.LANES;
    private static final long VECTOR_BYTES = 4L * LANES;
    private static final int STRIP = 4 * LANES;
    private static final int UPPER_HALF = 0xffff0000;

    Bf16Matrix {
        if (inputs % 2 != 0) {
            throw new IllegalArgumentException("pairs of inputs share a lane, so their number must be even, is " + inputs);
        }
    }

    static Bf16Matrix of(Arena arena, BlockSource source) {
        int inputs = source.inputs();
        MemorySegment memory = arena.allocate(2L * inputs * source.blocks() * Tile.WIDTH, 64);
        float[] weights = new float[inputs];
        for (int output = 0; output < source.outputs(); output++) {
            source.copyOutput(output, weights);
            long column = 2L * ((long) (output / Tile.WIDTH) * inputs * Tile.WIDTH + 2 * (output % Tile.WIDTH));
            for (int k = 0; k < inputs; k++) {
                memory.set(ValueLayout.JAVA_SHORT, column + 4L * (k / 2) * Tile.WIDTH + 2 * (k % 2), Bfloat16.fromFloat(weights[k]));
            }
        }
        return new Bf16Matrix(source.outputs(), inputs, memory);
    }

    @Override
    public WeightFormat format() {
        return WeightFormat.BF16;
    }

    @Override
    public long bytes() {
        return memory.byteSize();
    }

    @Override
    public void multiplyRow(int block, long x, long y) {
        long start = block(block);
        for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
            long column = 4L * strip;
            FloatVector y0 = FloatVector.zero(Tile.FLOATS);
            FloatVector y1 = FloatVector.zero(Tile.FLOATS);
            FloatVector y2 = FloatVector.zero(Tile.FLOATS);
            FloatVector y3 = FloatVector.zero(Tile.FLOATS);
            for (int k = 0; k < inputs; k += 2) {
                long weights = start + 2L * k * Tile.WIDTH + column;
                IntVector w0 = load(weights);
                IntVector w1 = load(weights + VECTOR_BYTES);
                IntVector w2 = load(weights + 2 * VECTOR_BYTES);
                IntVector w3 = load(weights + 3 * VECTOR_BYTES);
                FloatVector even = FloatVector.broadcast(Tile.FLOATS, Tile.ALL.get(Tile.FLOAT, x + 4L * k));
                y0 = lower(w0).fma(even, y0);
                y1 = lower(w1).fma(even, y1);
                y2 = lower(w2).fma(even, y2);
                y3 = lower(w3).fma(even, y3);
                FloatVector odd = FloatVector.broadcast(Tile.FLOATS, Tile.ALL.get(Tile.FLOAT, x + 4L * k + 4));
                y0 = upper(w0).fma(odd, y0);
                y1 = upper(w1).fma(odd, y1);
                y2 = upper(w2).fma(odd, y2);
                y3 = upper(w3).fma(odd, y3);
            }
            Tile.store(y0, y + column);
            Tile.store(y1, y + column + VECTOR_BYTES);
            Tile.store(y2, y + column + 2 * VECTOR_BYTES);
            Tile.store(y3, y + column + 3 * VECTOR_BYTES);
        }
    }

    @Override
    public void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        Tile.clear(y, yStride, rows);
        for (int k = 0; k < inputs; k += Tile.WIDTH) {
            int depth = Math.min(Tile.WIDTH, inputs - k);
            unpack(block(block) + 2L * k * Tile.WIDTH, depth, scratch);
            Tile.multiplyAdd(scratch, depth, x + 4L * k, xStride, y, yStride, rows);
        }
    }

    /// `depth` inputs as floats, in the layout of a tile.
    private static void unpack(long start, int depth, long tile) {
        for (int k = 0; k < depth; k += 2) {
            long weights = start + 2L * k * Tile.WIDTH;
            long row = tile + 4L * k * Tile.WIDTH;
            for (int column = 0; column < Tile.WIDTH; column += LANES) {
                IntVector pair = load(weights + 4L * column);
                Tile.store(lower(pair), row + 4L * column);
                Tile.store(upper(pair), row + 4L * (Tile.WIDTH + column));
            }
        }
    }

    private static IntVector load(long address) {
        return IntVector.fromMemorySegment(INTS, Tile.ALL, address, Tile.ORDER);
    }

    private static FloatVector lower(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector upper(IntVector pairs) {
        return pairs.and(UPPER_HALF).reinterpretAsFloats();
    }

    private long block(int block) {
        return memory.address() + 2L * block * inputs * Tile.WIDTH;
    }
}
