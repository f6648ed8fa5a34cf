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
    /// Bytes from a pair of inputs to the next in a panel.
    private static final long PAIR_STRIDE = 4L * Tile.PANEL;
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
            long column = 2L * ((long) (output / Tile.PANEL) * inputs * Tile.PANEL + 2L * (output % Tile.PANEL));
            for (int k = 0; k < inputs; k++) {
                memory.set(ValueLayout.JAVA_SHORT, column + PAIR_STRIDE * (k / 2) + 2L * (k % 2), Bfloat16.fromFloat(weights[k]));
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
            long panel0 = start + columnOffset(strip);
            long panel1 = start + columnOffset(strip + LANES);
            long panel2 = start + columnOffset(strip + 2 * LANES);
            long panel3 = start + columnOffset(strip + 3 * LANES);
            FloatVector y0 = FloatVector.zero(Tile.FLOATS);
            FloatVector y1 = FloatVector.zero(Tile.FLOATS);
            FloatVector y2 = FloatVector.zero(Tile.FLOATS);
            FloatVector y3 = FloatVector.zero(Tile.FLOATS);
            for (int k = 0; k < inputs; k += 2) {
                long pair = PAIR_STRIDE / 2 * k;
                IntVector w0 = load(panel0 + pair);
                IntVector w1 = load(panel1 + pair);
                IntVector w2 = load(panel2 + pair);
                IntVector w3 = load(panel3 + pair);
                FloatVector even = Tile.broadcast(x + 4L * k);
                y0 = lower(w0).fma(even, y0);
                y1 = lower(w1).fma(even, y1);
                y2 = lower(w2).fma(even, y2);
                y3 = lower(w3).fma(even, y3);
                FloatVector odd = Tile.broadcast(x + 4L * k + 4);
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

    /// Four rows: each weight is unpacked once for all of them.
    private void multiplyFourRows(int block, long x, long xStride, long y, long yStride) {
        long start = block(block);
        for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
            long panel0 = start + columnOffset(strip);
            long panel1 = start + columnOffset(strip + LANES);
            long panel2 = start + columnOffset(strip + 2 * LANES);
            long panel3 = start + columnOffset(strip + 3 * LANES);
            FloatVector y00 = FloatVector.zero(Tile.FLOATS);
            FloatVector y01 = FloatVector.zero(Tile.FLOATS);
            FloatVector y02 = FloatVector.zero(Tile.FLOATS);
            FloatVector y03 = FloatVector.zero(Tile.FLOATS);
            FloatVector y10 = FloatVector.zero(Tile.FLOATS);
            FloatVector y11 = FloatVector.zero(Tile.FLOATS);
            FloatVector y12 = FloatVector.zero(Tile.FLOATS);
            FloatVector y13 = FloatVector.zero(Tile.FLOATS);
            FloatVector y20 = FloatVector.zero(Tile.FLOATS);
            FloatVector y21 = FloatVector.zero(Tile.FLOATS);
            FloatVector y22 = FloatVector.zero(Tile.FLOATS);
            FloatVector y23 = FloatVector.zero(Tile.FLOATS);
            FloatVector y30 = FloatVector.zero(Tile.FLOATS);
            FloatVector y31 = FloatVector.zero(Tile.FLOATS);
            FloatVector y32 = FloatVector.zero(Tile.FLOATS);
            FloatVector y33 = FloatVector.zero(Tile.FLOATS);
            for (int k = 0; k < inputs; k += 2) {
                long pair = PAIR_STRIDE / 2 * k;
                long even = x + 4L * k;
                FloatVector x0 = Tile.broadcast(even);
                FloatVector x1 = Tile.broadcast(even + xStride);
                FloatVector x2 = Tile.broadcast(even + 2 * xStride);
                FloatVector x3 = Tile.broadcast(even + 3 * xStride);
                IntVector w0 = load(panel0 + pair);
                FloatVector even0 = lower(w0);
                y00 = even0.fma(x0, y00);
                y10 = even0.fma(x1, y10);
                y20 = even0.fma(x2, y20);
                y30 = even0.fma(x3, y30);
                IntVector w1 = load(panel1 + pair);
                FloatVector even1 = lower(w1);
                y01 = even1.fma(x0, y01);
                y11 = even1.fma(x1, y11);
                y21 = even1.fma(x2, y21);
                y31 = even1.fma(x3, y31);
                IntVector w2 = load(panel2 + pair);
                FloatVector even2 = lower(w2);
                y02 = even2.fma(x0, y02);
                y12 = even2.fma(x1, y12);
                y22 = even2.fma(x2, y22);
                y32 = even2.fma(x3, y32);
                IntVector w3 = load(panel3 + pair);
                FloatVector even3 = lower(w3);
                y03 = even3.fma(x0, y03);
                y13 = even3.fma(x1, y13);
                y23 = even3.fma(x2, y23);
                y33 = even3.fma(x3, y33);
                long odd = even + 4;
                x0 = Tile.broadcast(odd);
                x1 = Tile.broadcast(odd + xStride);
                x2 = Tile.broadcast(odd + 2 * xStride);
                x3 = Tile.broadcast(odd + 3 * xStride);
                FloatVector odd0 = upper(w0);
                y00 = odd0.fma(x0, y00);
                y10 = odd0.fma(x1, y10);
                y20 = odd0.fma(x2, y20);
                y30 = odd0.fma(x3, y30);
                FloatVector odd1 = upper(w1);
                y01 = odd1.fma(x0, y01);
                y11 = odd1.fma(x1, y11);
                y21 = odd1.fma(x2, y21);
                y31 = odd1.fma(x3, y31);
                FloatVector odd2 = upper(w2);
                y02 = odd2.fma(x0, y02);
                y12 = odd2.fma(x1, y12);
                y22 = odd2.fma(x2, y22);
                y32 = odd2.fma(x3, y32);
                FloatVector odd3 = upper(w3);
                y03 = odd3.fma(x0, y03);
                y13 = odd3.fma(x1, y13);
                y23 = odd3.fma(x2, y23);
                y33 = odd3.fma(x3, y33);
            }
            long target = y + 4L * strip;
            Tile.store(y00, target);
            Tile.store(y01, target + VECTOR_BYTES);
            Tile.store(y02, target + 2 * VECTOR_BYTES);
            Tile.store(y03, target + 3 * VECTOR_BYTES);
            Tile.store(y10, target + yStride);
            Tile.store(y11, target + yStride + VECTOR_BYTES);
            Tile.store(y12, target + yStride + 2 * VECTOR_BYTES);
            Tile.store(y13, target + yStride + 3 * VECTOR_BYTES);
            Tile.store(y20, target + 2 * yStride);
            Tile.store(y21, target + 2 * yStride + VECTOR_BYTES);
            Tile.store(y22, target + 2 * yStride + 2 * VECTOR_BYTES);
            Tile.store(y23, target + 2 * yStride + 3 * VECTOR_BYTES);
            Tile.store(y30, target + 3 * yStride);
            Tile.store(y31, target + 3 * yStride + VECTOR_BYTES);
            Tile.store(y32, target + 3 * yStride + 2 * VECTOR_BYTES);
            Tile.store(y33, target + 3 * yStride + 3 * VECTOR_BYTES);
        }
    }

    @Override
    public void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        if (rows <= MOST_ROWS_UNPACKED_IN_REGISTERS) {
            int row = 0;
            for (; row + 4 <= rows; row += 4) {
                multiplyFourRows(block, x + row * xStride, xStride, y + row * yStride, yStride);
            }
            for (; row < rows; row++) {
                multiplyRow(block, x + row * xStride, y + row * yStride);
            }
            return;
        }
        Tile.clear(y, yStride, rows);
        for (int k = 0; k < inputs; k += Tile.WIDTH) {
            int depth = Math.min(Tile.WIDTH, inputs - k);
            unpack(block(block) + PAIR_STRIDE / 2 * k, depth, scratch);
            Tile.multiplyAdd(scratch, Tile.PANEL_STRIDE, Tile.ROW_STRIDE, depth, x + 4L * k, xStride, y, yStride, rows);
        }
    }

    /// `depth` inputs as the rows of a tile of floats.
    private void unpack(long start, int depth, long tile) {
        for (int column = 0; column < Tile.WIDTH; column += LANES) {
            long weights = start + columnOffset(column);
            long target = tile + 4L * column;
            for (int k = 0; k < depth; k += 2) {
                IntVector pair = load(weights + PAIR_STRIDE / 2 * k);
                Tile.store(lower(pair), target + Tile.ROW_STRIDE * k);
                Tile.store(upper(pair), target + Tile.ROW_STRIDE * (k + 1));
            }
        }
    }

    /// Bytes from the first output of a block to output `column`, which begins a vector.
    private long columnOffset(int column) {
        return 2L * inputs * ((long) (column / Tile.PANEL) * Tile.PANEL) + 4L * (column % Tile.PANEL);
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
