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

    /// Four rows: each weight is unpacked once for all of them. Two vectors of outputs at a time: with four, the loop grows beyond what the
    /// compiler inlines.
    private void multiplyFourRows(int block, long x, long xStride, long y, long yStride) {
        long start = block(block);
        for (int column = 0; column < Tile.WIDTH; column += 2 * LANES) {
            long panel0 = start + columnOffset(column);
            long panel1 = start + columnOffset(column + LANES);
            FloatVector y00 = FloatVector.zero(Tile.FLOATS);
            FloatVector y01 = FloatVector.zero(Tile.FLOATS);
            FloatVector y10 = FloatVector.zero(Tile.FLOATS);
            FloatVector y11 = FloatVector.zero(Tile.FLOATS);
            FloatVector y20 = FloatVector.zero(Tile.FLOATS);
            FloatVector y21 = FloatVector.zero(Tile.FLOATS);
            FloatVector y30 = FloatVector.zero(Tile.FLOATS);
            FloatVector y31 = FloatVector.zero(Tile.FLOATS);
            for (int k = 0; k < inputs; k += 2) {
                long pair = PAIR_STRIDE / 2 * k;
                long input = x + 4L * k;
                IntVector w0 = load(panel0 + pair);
                IntVector w1 = load(panel1 + pair);
                FloatVector even0 = lower(w0);
                FloatVector even1 = lower(w1);
                FloatVector evenInput0 = Tile.broadcast(input);
                y00 = even0.fma(evenInput0, y00);
                y01 = even1.fma(evenInput0, y01);
                FloatVector evenInput1 = Tile.broadcast(input + xStride);
                y10 = even0.fma(evenInput1, y10);
                y11 = even1.fma(evenInput1, y11);
                FloatVector evenInput2 = Tile.broadcast(input + 2 * xStride);
                y20 = even0.fma(evenInput2, y20);
                y21 = even1.fma(evenInput2, y21);
                FloatVector evenInput3 = Tile.broadcast(input + 3 * xStride);
                y30 = even0.fma(evenInput3, y30);
                y31 = even1.fma(evenInput3, y31);
                FloatVector odd0 = upper(w0);
                FloatVector odd1 = upper(w1);
                FloatVector oddInput0 = Tile.broadcast(input + 4);
                y00 = odd0.fma(oddInput0, y00);
                y01 = odd1.fma(oddInput0, y01);
                FloatVector oddInput1 = Tile.broadcast(input + xStride + 4);
                y10 = odd0.fma(oddInput1, y10);
                y11 = odd1.fma(oddInput1, y11);
                FloatVector oddInput2 = Tile.broadcast(input + 2 * xStride + 4);
                y20 = odd0.fma(oddInput2, y20);
                y21 = odd1.fma(oddInput2, y21);
                FloatVector oddInput3 = Tile.broadcast(input + 3 * xStride + 4);
                y30 = odd0.fma(oddInput3, y30);
                y31 = odd1.fma(oddInput3, y31);
            }
            long target = y + 4L * column;
            Tile.store(y00, target);
            Tile.store(y01, target + VECTOR_BYTES);
            Tile.store(y10, target + yStride);
            Tile.store(y11, target + yStride + VECTOR_BYTES);
            Tile.store(y20, target + 2 * yStride);
            Tile.store(y21, target + 2 * yStride + VECTOR_BYTES);
            Tile.store(y30, target + 3 * yStride);
            Tile.store(y31, target + 3 * yStride + VECTOR_BYTES);
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
