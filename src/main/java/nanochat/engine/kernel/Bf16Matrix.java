package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import nanochat.tensor.Bfloat16;

/// bfloat16: two consecutive inputs of an output share a 32-bit lane, so a shift yields the one and a mask the other as floats.
public record Bf16Matrix(int outputs, int inputs, MemorySegment memory) implements Matrix {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = Tile.LANES;
    private static final int STRIP = 4 * LANES;
    /// Bytes from a pair of inputs to the next in a panel.
    private static final long PAIR_STRIDE = 4L * Tile.PANEL;
    private static final int UPPER_HALF = 0xffff0000;

    public Bf16Matrix {
        if (inputs % 2 != 0) {
            throw new IllegalArgumentException("pairs of inputs share a lane, so their number must be even, is " + inputs);
        }
    }

    public static Bf16Matrix of(Arena arena, BlockSource source) {
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
    public long bytes() {
        return memory.byteSize();
    }

    @Override
    public void multiplyRow(int panel, long x, long y) {
        multiplyRow(memory.address() + panel * panelStride(), blocks() * panelStride(), x, y + Tile.PANEL_STRIDE * panel,
                Tile.PANEL_STRIDE * blocks());
    }

    /// Four panels that start at `weights` and so many bytes apart.
    private void multiplyRow(long weights, long panelStride, long x, long y, long yPanelStride) {
        for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
            long panel0 = weights + Tile.columnOffset(strip, panelStride);
            long panel1 = weights + Tile.columnOffset(strip + LANES, panelStride);
            long panel2 = weights + Tile.columnOffset(strip + 2 * LANES, panelStride);
            long panel3 = weights + Tile.columnOffset(strip + 3 * LANES, panelStride);
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
            Tile.store(y0, y + Tile.columnOffset(strip, yPanelStride));
            Tile.store(y1, y + Tile.columnOffset(strip + LANES, yPanelStride));
            Tile.store(y2, y + Tile.columnOffset(strip + 2 * LANES, yPanelStride));
            Tile.store(y3, y + Tile.columnOffset(strip + 3 * LANES, yPanelStride));
        }
    }

    /// Four rows, which share the unpacking of weights. One vector of outputs at a time: with more, the loop grows beyond what the compiler
    /// inlines, and then every vector is an object.
    private void multiplyFourRows(long block, long x, long xStride, long y, long yStride) {
        for (int column = 0; column < Tile.WIDTH; column += LANES) {
            long weights = block + Tile.columnOffset(column, panelStride());
            FloatVector y0 = FloatVector.zero(Tile.FLOATS);
            FloatVector y1 = FloatVector.zero(Tile.FLOATS);
            FloatVector y2 = FloatVector.zero(Tile.FLOATS);
            FloatVector y3 = FloatVector.zero(Tile.FLOATS);
            for (int k = 0; k < inputs; k += 2) {
                IntVector pair = load(weights + PAIR_STRIDE / 2 * k);
                FloatVector even = lower(pair);
                FloatVector odd = upper(pair);
                long input = x + 4L * k;
                y0 = even.fma(Tile.broadcast(input), y0);
                y1 = even.fma(Tile.broadcast(input + xStride), y1);
                y2 = even.fma(Tile.broadcast(input + 2 * xStride), y2);
                y3 = even.fma(Tile.broadcast(input + 3 * xStride), y3);
                y0 = odd.fma(Tile.broadcast(input + 4), y0);
                y1 = odd.fma(Tile.broadcast(input + xStride + 4), y1);
                y2 = odd.fma(Tile.broadcast(input + 2 * xStride + 4), y2);
                y3 = odd.fma(Tile.broadcast(input + 3 * xStride + 4), y3);
            }
            long target = y + 4L * column;
            Tile.store(y0, target);
            Tile.store(y1, target + yStride);
            Tile.store(y2, target + 2 * yStride);
            Tile.store(y3, target + 3 * yStride);
        }
    }

    @Override
    public void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        if (rows <= MOST_ROWS_UNPACKED_IN_REGISTERS) {
            int row = 0;
            for (; row + 4 <= rows; row += 4) {
                multiplyFourRows(block(block), x + row * xStride, xStride, y + row * yStride, yStride);
            }
            for (; row < rows; row++) {
                multiplyRow(block(block), panelStride(), x + row * xStride, y + row * yStride, Tile.PANEL_STRIDE);
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
            long weights = start + Tile.columnOffset(column, panelStride());
            long target = tile + 4L * column;
            for (int k = 0; k < depth; k += 2) {
                IntVector pair = load(weights + PAIR_STRIDE / 2 * k);
                Tile.store(lower(pair), target + Tile.ROW_STRIDE * k);
                Tile.store(upper(pair), target + Tile.ROW_STRIDE * (k + 1));
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

    private long panelStride() {
        return 2L * inputs * Tile.PANEL;
    }

    private long block(int block) {
        return memory.address() + 2L * block * inputs * Tile.WIDTH;
    }
}
