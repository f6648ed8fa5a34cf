package nanochat.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Integers from -127 to 127 times a scale per output, the largest weight of the output divided by 127. The integers are widened to floats
/// and the scale is applied to the finished sum.
public record Int8Matrix(int outputs, int inputs, MemorySegment memory, MemorySegment scales) implements NarrowMatrix {
    /// As many bytes as a vector has floats. 32-bit vectors do not exist, so on 128-bit machines half of what is loaded is ignored.
    private static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(Math.max(64, Tile.FLOATS.vectorBitSize() / 4)));
    private static final int LANES = Tile.LANES;
    private static final int STRIP = 4 * LANES;
    private static final int LARGEST = 127;
    /// More rows make it worth while to widen a tile first.
    private static final int MOST_ROWS_WIDENED_IN_REGISTERS = 8;

    public Int8Matrix {
        if (inputs % 2 != 0) {
            throw new IllegalArgumentException("inputs are taken by twos, so their number must be even, is " + inputs);
        }
    }

    /// In new memory: all zero where that is an arena's.
    public static Int8Matrix of(SegmentAllocator memory, int outputs, int inputs) {
        int padded = Tile.roundUp(outputs);
        return new Int8Matrix(outputs, inputs, memory.allocate((long) inputs * padded + BYTES.vectorByteSize(), 64),
                memory.allocate(4L * padded, 64));
    }

    @Override
    public Int8Matrix first(int count) {
        return new Int8Matrix(count, inputs, memory, scales);
    }

    @Override
    public void fill(BlockSource source, int block) {
        float[] weights = new float[inputs];
        for (int output = block * Tile.WIDTH; output < Math.min(outputs, (block + 1) * Tile.WIDTH); output++) {
            source.copyOutput(output, weights);
            float largest = 0;
            for (float weight : weights) {
                largest = Math.max(largest, Math.abs(weight));
            }
            scales.setAtIndex(ValueLayout.JAVA_FLOAT, output, largest / LARGEST);
            float inverse = largest > 0 ? LARGEST / largest : 0;
            long column = (long) (output / Tile.PANEL) * inputs * Tile.PANEL + output % Tile.PANEL;
            for (int k = 0; k < inputs; k++) {
                memory.set(ValueLayout.JAVA_BYTE, column + (long) k * Tile.PANEL, (byte) Math.round(weights[k] * inverse));
            }
        }
    }

    @Override
    public long bytes() {
        return memory.byteSize() + scales.byteSize();
    }

    @Override
    public void multiplyRow(int firstPanel, int endPanel, long x, long y, long scratch) {
        for (int panel = firstPanel; panel < endPanel; panel++) {
            multiplyRow(memory.address() + panel * panelStride(), blocks() * panelStride(), x, scale(panel * Tile.PANEL),
                    y + Tile.PANEL_STRIDE * panel, Tile.PANEL_STRIDE * blocks());
        }
    }

    /// Four panels that start at `weights` and so many bytes apart; their scales lie as the outputs do.
    private void multiplyRow(long weights, long panelStride, long x, long scale, long y, long yPanelStride) {
        for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
            long panel0 = weights + columnOffset(strip, panelStride);
            long panel1 = weights + columnOffset(strip + LANES, panelStride);
            long panel2 = weights + columnOffset(strip + 2 * LANES, panelStride);
            long panel3 = weights + columnOffset(strip + 3 * LANES, panelStride);
            FloatVector y0 = FloatVector.zero(Tile.FLOATS);
            FloatVector y1 = FloatVector.zero(Tile.FLOATS);
            FloatVector y2 = FloatVector.zero(Tile.FLOATS);
            FloatVector y3 = FloatVector.zero(Tile.FLOATS);
            for (int k = 0; k < inputs; k += 2) {
                long even = (long) k * Tile.PANEL;
                FloatVector x0 = Tile.broadcast(x + 4L * k);
                y0 = load(panel0 + even).fma(x0, y0);
                y1 = load(panel1 + even).fma(x0, y1);
                y2 = load(panel2 + even).fma(x0, y2);
                y3 = load(panel3 + even).fma(x0, y3);
                long odd = even + Tile.PANEL;
                FloatVector x1 = Tile.broadcast(x + 4L * k + 4);
                y0 = load(panel0 + odd).fma(x1, y0);
                y1 = load(panel1 + odd).fma(x1, y1);
                y2 = load(panel2 + odd).fma(x1, y2);
                y3 = load(panel3 + odd).fma(x1, y3);
            }
            store(y0, scale, y, Tile.columnOffset(strip, yPanelStride));
            store(y1, scale, y, Tile.columnOffset(strip + LANES, yPanelStride));
            store(y2, scale, y, Tile.columnOffset(strip + 2 * LANES, yPanelStride));
            store(y3, scale, y, Tile.columnOffset(strip + 3 * LANES, yPanelStride));
        }
    }

    /// Four rows: each weight is widened once for all of them.
    private void multiplyFourRows(int block, long x, long xStride, long y, long yStride) {
        long start = block(block);
        for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
            long panel0 = start + columnOffset(strip, panelStride());
            long panel1 = start + columnOffset(strip + LANES, panelStride());
            long panel2 = start + columnOffset(strip + 2 * LANES, panelStride());
            long panel3 = start + columnOffset(strip + 3 * LANES, panelStride());
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
            for (int k = 0; k < inputs; k++) {
                long input = x + 4L * k;
                FloatVector x0 = Tile.broadcast(input);
                FloatVector x1 = Tile.broadcast(input + xStride);
                FloatVector x2 = Tile.broadcast(input + 2 * xStride);
                FloatVector x3 = Tile.broadcast(input + 3 * xStride);
                long row = (long) k * Tile.PANEL;
                FloatVector w0 = load(panel0 + row);
                y00 = w0.fma(x0, y00);
                y10 = w0.fma(x1, y10);
                y20 = w0.fma(x2, y20);
                y30 = w0.fma(x3, y30);
                FloatVector w1 = load(panel1 + row);
                y01 = w1.fma(x0, y01);
                y11 = w1.fma(x1, y11);
                y21 = w1.fma(x2, y21);
                y31 = w1.fma(x3, y31);
                FloatVector w2 = load(panel2 + row);
                y02 = w2.fma(x0, y02);
                y12 = w2.fma(x1, y12);
                y22 = w2.fma(x2, y22);
                y32 = w2.fma(x3, y32);
                FloatVector w3 = load(panel3 + row);
                y03 = w3.fma(x0, y03);
                y13 = w3.fma(x1, y13);
                y23 = w3.fma(x2, y23);
                y33 = w3.fma(x3, y33);
            }
            long scale = scale(block * Tile.WIDTH);
            store(y00, scale, y, 4L * strip);
            store(y01, scale, y, 4L * (strip + LANES));
            store(y02, scale, y, 4L * (strip + 2 * LANES));
            store(y03, scale, y, 4L * (strip + 3 * LANES));
            store(y10, scale, y + yStride, 4L * strip);
            store(y11, scale, y + yStride, 4L * (strip + LANES));
            store(y12, scale, y + yStride, 4L * (strip + 2 * LANES));
            store(y13, scale, y + yStride, 4L * (strip + 3 * LANES));
            store(y20, scale, y + 2 * yStride, 4L * strip);
            store(y21, scale, y + 2 * yStride, 4L * (strip + LANES));
            store(y22, scale, y + 2 * yStride, 4L * (strip + 2 * LANES));
            store(y23, scale, y + 2 * yStride, 4L * (strip + 3 * LANES));
            store(y30, scale, y + 3 * yStride, 4L * strip);
            store(y31, scale, y + 3 * yStride, 4L * (strip + LANES));
            store(y32, scale, y + 3 * yStride, 4L * (strip + 2 * LANES));
            store(y33, scale, y + 3 * yStride, 4L * (strip + 3 * LANES));
        }
    }

    @Override
    public void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        if (rows <= MOST_ROWS_WIDENED_IN_REGISTERS) {
            int row = 0;
            for (; row + 4 <= rows; row += 4) {
                multiplyFourRows(block, x + row * xStride, xStride, y + row * yStride, yStride);
            }
            for (; row < rows; row++) {
                multiplyRow(block(block), panelStride(), x + row * xStride, scale(block * Tile.WIDTH), y + row * yStride,
                        Tile.PANEL_STRIDE);
            }
            return;
        }
        multiplyRowsWidened(block, x, xStride, y, yStride, rows, scratch);
    }

    @Override
    public void widen(int block, int first, int depth, long tile) {
        long start = block(block) + (long) first * Tile.PANEL;
        for (int column = 0; column < Tile.WIDTH; column += LANES) {
            long weights = start + columnOffset(column, panelStride());
            for (int k = 0; k < depth; k++) {
                Tile.store(load(weights + (long) k * Tile.PANEL), tile + 4L * column + Tile.ROW_STRIDE * k);
            }
        }
    }

    @Override
    public void scale(int block, long y, long yStride, int rows) {
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < Tile.WIDTH; column += LANES) {
                store(Tile.load(y + row * yStride + 4L * column), scale(block * Tile.WIDTH), y + row * yStride, 4L * column);
            }
        }
    }

    /// Bytes from the first output of a tile to output `column`, which begins a vector.
    private static long columnOffset(int column, long panelStride) {
        return column / Tile.PANEL * panelStride + column % Tile.PANEL;
    }

    private static FloatVector load(long address) {
        return (FloatVector) ByteVector.fromMemorySegment(BYTES, Tile.ALL, address, Tile.ORDER).convertShape(VectorOperators.B2F,
                Tile.FLOATS, 0);
    }

    /// Writes sums times the scales of their outputs, both `offset` bytes further on.
    private static void store(FloatVector sums, long scale, long y, long offset) {
        Tile.store(sums.mul(Tile.load(scale + offset)), y + offset);
    }

    /// Address of the scale of an output.
    private long scale(int output) {
        return scales.address() + 4L * output;
    }

    private long panelStride() {
        return (long) inputs * Tile.PANEL;
    }

    private long block(int block) {
        return memory.address() + (long) block * inputs * Tile.WIDTH;
    }
}
