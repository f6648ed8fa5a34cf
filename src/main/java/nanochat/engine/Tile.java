package nanochat.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The one kernel under every matrix product and under attention: rows times a tile of 64 columns.
///
///     y[r][c] (+)= sum over k of x[r][k] * tile[k][c]      c = 0..63
///
/// Vector lanes run over columns, the sum over k runs in order in every lane. So the result has the same bits however many rows are computed
/// together, however the rows are split over threads, and whatever the vector length: a token's logits do not depend on whether it was
/// prefilled or decoded, alone or in a batch.
final class Tile {
    /// Columns of a tile.
    static final int WIDTH = 64;
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final int LANES = FLOATS.length();
    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long VECTOR_BYTES = 4L * LANES;
    private static final long TILE_ROW_BYTES = 4L * WIDTH;
    /// Columns that one pass over k computes: four vectors, or the whole tile where vectors are longer than 16 lanes.
    private static final int STRIP = 4 * LANES;

    static {
        if (WIDTH % STRIP != 0) {
            throw new ExceptionInInitializerError("vectors of " + LANES + " floats are longer than the kernels are written for");
        }
    }

    private Tile() {
    }

    /// `width` rounded up to whole tiles.
    static int roundUp(int width) {
        return (width + WIDTH - 1) / WIDTH * WIDTH;
    }

    /// The product of `rows` rows. Offsets and strides are bytes.
    ///
    /// @param depth how many k
    /// @param accumulate whether to add to `y`; else it is overwritten
    static void multiply(MemorySegment tile, long tileOffset, int depth, MemorySegment x, long xOffset, long xStride, MemorySegment y,
            long yOffset, long yStride, int rows, boolean accumulate) {
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
            multiplyFour(tile, tileOffset, depth, x, xOffset + row * xStride, xStride, y, yOffset + row * yStride, yStride, accumulate);
        }
        for (; row < rows; row++) {
            multiplyOne(tile, tileOffset, depth, x, xOffset + row * xStride, y, yOffset + row * yStride, accumulate);
        }
    }

    /// One row.
    static void multiplyOne(MemorySegment tile, long tileOffset, int depth, MemorySegment x, long xOffset, MemorySegment y, long yOffset,
            boolean accumulate) {
        for (int strip = 0; strip < WIDTH; strip += STRIP) {
            long column = 4L * strip;
            FloatVector y00 = start(y, yOffset + column, accumulate);
            FloatVector y01 = start(y, yOffset + column + VECTOR_BYTES, accumulate);
            FloatVector y02 = start(y, yOffset + column + 2 * VECTOR_BYTES, accumulate);
            FloatVector y03 = start(y, yOffset + column + 3 * VECTOR_BYTES, accumulate);
            for (int k = 0; k < depth; k++) {
                long weights = tileOffset + k * TILE_ROW_BYTES + column;
                FloatVector w0 = load(tile, weights);
                FloatVector w1 = load(tile, weights + VECTOR_BYTES);
                FloatVector w2 = load(tile, weights + 2 * VECTOR_BYTES);
                FloatVector w3 = load(tile, weights + 3 * VECTOR_BYTES);
                FloatVector x0 = broadcast(x, xOffset + 4L * k);
                y00 = w0.fma(x0, y00);
                y01 = w1.fma(x0, y01);
                y02 = w2.fma(x0, y02);
                y03 = w3.fma(x0, y03);
            }
            y00.intoMemorySegment(y, yOffset + column, ORDER);
            y01.intoMemorySegment(y, yOffset + column + VECTOR_BYTES, ORDER);
            y02.intoMemorySegment(y, yOffset + column + 2 * VECTOR_BYTES, ORDER);
            y03.intoMemorySegment(y, yOffset + column + 3 * VECTOR_BYTES, ORDER);
        }
    }

    /// Four rows: sixteen sums in registers; a vector of weights is loaded once for four rows.
    private static void multiplyFour(MemorySegment tile, long tileOffset, int depth, MemorySegment x, long xOffset, long xStride,
            MemorySegment y, long yOffset, long yStride, boolean accumulate) {
        for (int strip = 0; strip < WIDTH; strip += STRIP) {
            long column = 4L * strip;
            FloatVector y00 = start(y, yOffset + column, accumulate);
            FloatVector y01 = start(y, yOffset + column + VECTOR_BYTES, accumulate);
            FloatVector y02 = start(y, yOffset + column + 2 * VECTOR_BYTES, accumulate);
            FloatVector y03 = start(y, yOffset + column + 3 * VECTOR_BYTES, accumulate);
            FloatVector y10 = start(y, yOffset + yStride + column, accumulate);
            FloatVector y11 = start(y, yOffset + yStride + column + VECTOR_BYTES, accumulate);
            FloatVector y12 = start(y, yOffset + yStride + column + 2 * VECTOR_BYTES, accumulate);
            FloatVector y13 = start(y, yOffset + yStride + column + 3 * VECTOR_BYTES, accumulate);
            FloatVector y20 = start(y, yOffset + 2 * yStride + column, accumulate);
            FloatVector y21 = start(y, yOffset + 2 * yStride + column + VECTOR_BYTES, accumulate);
            FloatVector y22 = start(y, yOffset + 2 * yStride + column + 2 * VECTOR_BYTES, accumulate);
            FloatVector y23 = start(y, yOffset + 2 * yStride + column + 3 * VECTOR_BYTES, accumulate);
            FloatVector y30 = start(y, yOffset + 3 * yStride + column, accumulate);
            FloatVector y31 = start(y, yOffset + 3 * yStride + column + VECTOR_BYTES, accumulate);
            FloatVector y32 = start(y, yOffset + 3 * yStride + column + 2 * VECTOR_BYTES, accumulate);
            FloatVector y33 = start(y, yOffset + 3 * yStride + column + 3 * VECTOR_BYTES, accumulate);
            for (int k = 0; k < depth; k++) {
                long weights = tileOffset + k * TILE_ROW_BYTES + column;
                FloatVector w0 = load(tile, weights);
                FloatVector w1 = load(tile, weights + VECTOR_BYTES);
                FloatVector w2 = load(tile, weights + 2 * VECTOR_BYTES);
                FloatVector w3 = load(tile, weights + 3 * VECTOR_BYTES);
                FloatVector x0 = broadcast(x, xOffset + 4L * k);
                y00 = w0.fma(x0, y00);
                y01 = w1.fma(x0, y01);
                y02 = w2.fma(x0, y02);
                y03 = w3.fma(x0, y03);
                FloatVector x1 = broadcast(x, xOffset + xStride + 4L * k);
                y10 = w0.fma(x1, y10);
                y11 = w1.fma(x1, y11);
                y12 = w2.fma(x1, y12);
                y13 = w3.fma(x1, y13);
                FloatVector x2 = broadcast(x, xOffset + 2 * xStride + 4L * k);
                y20 = w0.fma(x2, y20);
                y21 = w1.fma(x2, y21);
                y22 = w2.fma(x2, y22);
                y23 = w3.fma(x2, y23);
                FloatVector x3 = broadcast(x, xOffset + 3 * xStride + 4L * k);
                y30 = w0.fma(x3, y30);
                y31 = w1.fma(x3, y31);
                y32 = w2.fma(x3, y32);
                y33 = w3.fma(x3, y33);
            }
            y00.intoMemorySegment(y, yOffset + column, ORDER);
            y01.intoMemorySegment(y, yOffset + column + VECTOR_BYTES, ORDER);
            y02.intoMemorySegment(y, yOffset + column + 2 * VECTOR_BYTES, ORDER);
            y03.intoMemorySegment(y, yOffset + column + 3 * VECTOR_BYTES, ORDER);
            y10.intoMemorySegment(y, yOffset + yStride + column, ORDER);
            y11.intoMemorySegment(y, yOffset + yStride + column + VECTOR_BYTES, ORDER);
            y12.intoMemorySegment(y, yOffset + yStride + column + 2 * VECTOR_BYTES, ORDER);
            y13.intoMemorySegment(y, yOffset + yStride + column + 3 * VECTOR_BYTES, ORDER);
            y20.intoMemorySegment(y, yOffset + 2 * yStride + column, ORDER);
            y21.intoMemorySegment(y, yOffset + 2 * yStride + column + VECTOR_BYTES, ORDER);
            y22.intoMemorySegment(y, yOffset + 2 * yStride + column + 2 * VECTOR_BYTES, ORDER);
            y23.intoMemorySegment(y, yOffset + 2 * yStride + column + 3 * VECTOR_BYTES, ORDER);
            y30.intoMemorySegment(y, yOffset + 3 * yStride + column, ORDER);
            y31.intoMemorySegment(y, yOffset + 3 * yStride + column + VECTOR_BYTES, ORDER);
            y32.intoMemorySegment(y, yOffset + 3 * yStride + column + 2 * VECTOR_BYTES, ORDER);
            y33.intoMemorySegment(y, yOffset + 3 * yStride + column + 3 * VECTOR_BYTES, ORDER);
        }
    }

    private static FloatVector start(MemorySegment y, long offset, boolean accumulate) {
        return accumulate ? load(y, offset) : FloatVector.zero(FLOATS);
    }

    static FloatVector load(MemorySegment memory, long offset) {
        return FloatVector.fromMemorySegment(FLOATS, memory, offset, ORDER);
    }

    static FloatVector broadcast(MemorySegment memory, long offset) {
        return FloatVector.broadcast(FLOATS, memory.get(FLOAT, offset));
    }
}
