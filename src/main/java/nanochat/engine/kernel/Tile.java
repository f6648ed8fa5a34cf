package nanochat.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The one kernel under every matrix product and under attention: rows times a tile of 64 columns.
///
///     y[r][c] += sum over k of x[r][k] * tile[k][c]      c = 0..63
///
/// Vector lanes run over columns, the sum over k runs in order in every lane. So the result has the same bits however many rows are computed
/// together, however the rows are split over threads, and whatever the vector length: a token's logits do not depend on whether it was
/// prefilled or decoded, alone or in a batch.
///
/// Kernels get raw addresses and go through [#ALL]: it is a constant, so the compiler knows its class and its bounds, while an argument of
/// type MemorySegment may be of several classes, and then each access costs a virtual call. Whoever passes an address
/// keeps the segment that it belongs to alive.
public final class Tile {
    /// Columns of a tile.
    public static final int WIDTH = 64;
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    public static final int LANES = FLOATS.length();
    static final ByteOrder ORDER = ByteOrder.nativeOrder();
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    /// All memory of the process, at its addresses.
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /// Bytes from `tile[k]` to `tile[k + 1]` of a tile of floats whose rows are whole: 64 columns, then the next row.
    static final long ROW_STRIDE = 4L * WIDTH;
    /// Columns that always are neighbours. A tile's four panels of columns may lie apart: matrices are stored panel by panel, because one thread
    /// reads memory almost twice as fast in four streams as in one (a stream's prefetching starts anew at every page).
    static final int PANEL = 16;
    /// Bytes from a panel to the next of a tile whose rows are whole.
    static final long PANEL_STRIDE = 4L * PANEL;

    private static final long VECTOR_BYTES = 4L * LANES;
    /// Columns that one pass over k computes.
    private static final int STRIP = 4 * LANES;

    static {
        if (LANES > PANEL) {
            throw new ExceptionInInitializerError("vectors of " + LANES + " floats are longer than the kernels are written for");
        }
    }

    private Tile() {
    }

    /// `width` rounded up to whole tiles.
    public static int roundUp(int width) {
        return (width + WIDTH - 1) / WIDTH * WIDTH;
    }

    /// The product of `rows` rows, added to `y`. Strides in bytes.
    ///
    /// @param panelStride from `tile[k][c]` to `tile[k][c + PANEL]`
    /// @param rowStride from `tile[k][c]` to `tile[k + 1][c]`
    /// @param depth how many k
    static void multiplyAdd(long tile, long panelStride, long rowStride, int depth, long x, long xStride, long y, long yStride, int rows) {
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
            multiplyAddFour(tile, panelStride, rowStride, depth, x + row * xStride, xStride, y + row * yStride, yStride);
        }
        for (; row < rows; row++) {
            multiplyAddOne(tile, panelStride, rowStride, depth, x + row * xStride, y + row * yStride, PANEL_STRIDE);
        }
    }

    /// Zeroes the columns of a tile in `rows` rows.
    static void clear(long y, long yStride, int rows) {
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < WIDTH; column += LANES) {
                zero.intoMemorySegment(ALL, y + row * yStride + 4L * column, ORDER);
            }
        }
    }

    /// Zeroes the columns of one row, whose panels lie `panelStride` bytes apart.
    static void clearOne(long y, long panelStride) {
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int column = 0; column < WIDTH; column += LANES) {
            zero.intoMemorySegment(ALL, y + columnOffset(column, panelStride), ORDER);
        }
    }

    /// One row; the panels of its sums may lie apart as those of the tile do.
    ///
    /// @param yPanelStride from `y[c]` to `y[c + PANEL]`
    static void multiplyAddOne(long tile, long panelStride, long rowStride, int depth, long x, long y, long yPanelStride) {
        for (int strip = 0; strip < WIDTH; strip += STRIP) {
            long tile0 = tile + columnOffset(strip, panelStride);
            long tile1 = tile + columnOffset(strip + LANES, panelStride);
            long tile2 = tile + columnOffset(strip + 2 * LANES, panelStride);
            long tile3 = tile + columnOffset(strip + 3 * LANES, panelStride);
            long target0 = y + columnOffset(strip, yPanelStride);
            long target1 = y + columnOffset(strip + LANES, yPanelStride);
            long target2 = y + columnOffset(strip + 2 * LANES, yPanelStride);
            long target3 = y + columnOffset(strip + 3 * LANES, yPanelStride);
            FloatVector y0 = load(target0);
            FloatVector y1 = load(target1);
            FloatVector y2 = load(target2);
            FloatVector y3 = load(target3);
            for (int k = 0; k < depth; k++) {
                long row = k * rowStride;
                FloatVector x0 = broadcast(x + 4L * k);
                y0 = load(tile0 + row).fma(x0, y0);
                y1 = load(tile1 + row).fma(x0, y1);
                y2 = load(tile2 + row).fma(x0, y2);
                y3 = load(tile3 + row).fma(x0, y3);
            }
            store(y0, target0);
            store(y1, target1);
            store(y2, target2);
            store(y3, target3);
        }
    }

    /// Four rows: sixteen sums in registers; a vector of weights is loaded once for four rows.
    private static void multiplyAddFour(long tile, long panelStride, long rowStride, int depth, long x, long xStride, long y,
            long yStride) {
        for (int strip = 0; strip < WIDTH; strip += STRIP) {
            long column = 4L * strip;
            long tile0 = tile + columnOffset(strip, panelStride);
            long tile1 = tile + columnOffset(strip + LANES, panelStride);
            long tile2 = tile + columnOffset(strip + 2 * LANES, panelStride);
            long tile3 = tile + columnOffset(strip + 3 * LANES, panelStride);
            FloatVector y00 = FloatVector.fromMemorySegment(FLOATS, ALL, y + column, ORDER);
            FloatVector y01 = FloatVector.fromMemorySegment(FLOATS, ALL, y + column + VECTOR_BYTES, ORDER);
            FloatVector y02 = FloatVector.fromMemorySegment(FLOATS, ALL, y + column + 2 * VECTOR_BYTES, ORDER);
            FloatVector y03 = FloatVector.fromMemorySegment(FLOATS, ALL, y + column + 3 * VECTOR_BYTES, ORDER);
            FloatVector y10 = FloatVector.fromMemorySegment(FLOATS, ALL, y + yStride + column, ORDER);
            FloatVector y11 = FloatVector.fromMemorySegment(FLOATS, ALL, y + yStride + column + VECTOR_BYTES, ORDER);
            FloatVector y12 = FloatVector.fromMemorySegment(FLOATS, ALL, y + yStride + column + 2 * VECTOR_BYTES, ORDER);
            FloatVector y13 = FloatVector.fromMemorySegment(FLOATS, ALL, y + yStride + column + 3 * VECTOR_BYTES, ORDER);
            FloatVector y20 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 2 * yStride + column, ORDER);
            FloatVector y21 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 2 * yStride + column + VECTOR_BYTES, ORDER);
            FloatVector y22 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 2 * yStride + column + 2 * VECTOR_BYTES, ORDER);
            FloatVector y23 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 2 * yStride + column + 3 * VECTOR_BYTES, ORDER);
            FloatVector y30 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 3 * yStride + column, ORDER);
            FloatVector y31 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 3 * yStride + column + VECTOR_BYTES, ORDER);
            FloatVector y32 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 3 * yStride + column + 2 * VECTOR_BYTES, ORDER);
            FloatVector y33 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 3 * yStride + column + 3 * VECTOR_BYTES, ORDER);
            for (int k = 0; k < depth; k++) {
                long row = k * rowStride;
                FloatVector w0 = FloatVector.fromMemorySegment(FLOATS, ALL, tile0 + row, ORDER);
                FloatVector w1 = FloatVector.fromMemorySegment(FLOATS, ALL, tile1 + row, ORDER);
                FloatVector w2 = FloatVector.fromMemorySegment(FLOATS, ALL, tile2 + row, ORDER);
                FloatVector w3 = FloatVector.fromMemorySegment(FLOATS, ALL, tile3 + row, ORDER);
                FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, x + 4L * k));
                y00 = w0.fma(x0, y00);
                y01 = w1.fma(x0, y01);
                y02 = w2.fma(x0, y02);
                y03 = w3.fma(x0, y03);
                FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, x + xStride + 4L * k));
                y10 = w0.fma(x1, y10);
                y11 = w1.fma(x1, y11);
                y12 = w2.fma(x1, y12);
                y13 = w3.fma(x1, y13);
                FloatVector x2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, x + 2 * xStride + 4L * k));
                y20 = w0.fma(x2, y20);
                y21 = w1.fma(x2, y21);
                y22 = w2.fma(x2, y22);
                y23 = w3.fma(x2, y23);
                FloatVector x3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, x + 3 * xStride + 4L * k));
                y30 = w0.fma(x3, y30);
                y31 = w1.fma(x3, y31);
                y32 = w2.fma(x3, y32);
                y33 = w3.fma(x3, y33);
            }
            y00.intoMemorySegment(ALL, y + column, ORDER);
            y01.intoMemorySegment(ALL, y + column + VECTOR_BYTES, ORDER);
            y02.intoMemorySegment(ALL, y + column + 2 * VECTOR_BYTES, ORDER);
            y03.intoMemorySegment(ALL, y + column + 3 * VECTOR_BYTES, ORDER);
            y10.intoMemorySegment(ALL, y + yStride + column, ORDER);
            y11.intoMemorySegment(ALL, y + yStride + column + VECTOR_BYTES, ORDER);
            y12.intoMemorySegment(ALL, y + yStride + column + 2 * VECTOR_BYTES, ORDER);
            y13.intoMemorySegment(ALL, y + yStride + column + 3 * VECTOR_BYTES, ORDER);
            y20.intoMemorySegment(ALL, y + 2 * yStride + column, ORDER);
            y21.intoMemorySegment(ALL, y + 2 * yStride + column + VECTOR_BYTES, ORDER);
            y22.intoMemorySegment(ALL, y + 2 * yStride + column + 2 * VECTOR_BYTES, ORDER);
            y23.intoMemorySegment(ALL, y + 2 * yStride + column + 3 * VECTOR_BYTES, ORDER);
            y30.intoMemorySegment(ALL, y + 3 * yStride + column, ORDER);
            y31.intoMemorySegment(ALL, y + 3 * yStride + column + VECTOR_BYTES, ORDER);
            y32.intoMemorySegment(ALL, y + 3 * yStride + column + 2 * VECTOR_BYTES, ORDER);
            y33.intoMemorySegment(ALL, y + 3 * yStride + column + 3 * VECTOR_BYTES, ORDER);
        }
    }

    /// Bytes from the first column of a tile, or of its sums, to column `column`, which begins a vector.
    static long columnOffset(int column, long panelStride) {
        return column / PANEL * panelStride + 4L * (column % PANEL);
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, ALL, address, ORDER);
    }

    static FloatVector broadcast(long address) {
        return FloatVector.broadcast(FLOATS, ALL.get(FLOAT, address));
    }

    static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(ALL, address, ORDER);
    }
}
