package nanochat.engine.kernel;

import static nanochat.engine.kernel.Tile.ALL;
import static nanochat.engine.kernel.Tile.FLOAT;
import static nanochat.engine.kernel.Tile.FLOATS;
import static nanochat.engine.kernel.Tile.LANES;
import static nanochat.engine.kernel.Tile.ORDER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The kernel of [Tile] for tiles in bf16: two consecutive k of a column share a 32-bit lane, so a shift yields the one and a mask the other
/// as floats.
///
///     y[r][c] += sum over k of x[r][k] * tile[k / 2][c][k % 2]      c = 0..63
///
/// The sum over k runs in order, as in [Tile]: the bits are those of a tile of floats with the same values.
///
/// The loops call the Vector API directly and no method of our own: beyond a certain size the compiler goes on inlining that API, whose
/// methods demand it, but nothing else, and a vector that comes out of a call is an object.
final class Bf16Tile {
    /// Up to so many rows, values are widened where they are used; more rows make it worth while to widen a piece of the tile first.
    static final int MOST_ROWS_WIDENED_IN_REGISTERS = 8;
    /// Bytes of scratch memory that [#multiplyAdd] needs.
    static final long SCRATCH_BYTES = 4L * Tile.WIDTH * Tile.WIDTH;

    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    static final int UPPER_HALF = 0xffff0000;
    private static final int STRIP = 4 * LANES;

    private Bf16Tile() {
    }

    /// The product of `rows` rows, added to `y`. Strides in bytes.
    ///
    /// @param panelStride from the lane of a column to that of column + [Tile#PANEL]
    /// @param pairStride from the lane of `k` to that of `k + 2`
    /// @param depth how many k; of an odd number's last pair, the half that is not asked for is not used
    /// @param scratch [#SCRATCH_BYTES] bytes
    static void multiplyAdd(long tile, long panelStride, long pairStride, int depth, long x, long xStride, long y, long yStride, int rows,
            long scratch) {
        if (rows > MOST_ROWS_WIDENED_IN_REGISTERS) {
            multiplyAddWidened(tile, panelStride, pairStride, 0, depth, x, xStride, y, yStride, rows, scratch);
            return;
        }
        int pairs = depth / 2;
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
            for (int column = 0; column < Tile.WIDTH; column += 2 * LANES) {
                multiplyAddFour(tile + Tile.columnOffset(column, panelStride), tile + Tile.columnOffset(column + LANES, panelStride),
                        pairStride, pairs, x + row * xStride, xStride, y + row * yStride + 4L * column, yStride);
            }
        }
        for (; row < rows; row++) {
            multiplyAddOne(tile, panelStride, pairStride, pairs, x + row * xStride, y + row * yStride, Tile.PANEL_STRIDE);
        }
        multiplyAddWidened(tile, panelStride, pairStride, 2 * pairs, depth, x, xStride, y, yStride, rows, scratch);
    }

    /// The products of the k from `first` on, which is even, to before `end`, by pieces of the tile widened to floats.
    private static void multiplyAddWidened(long tile, long panelStride, long pairStride, int first, int end, long x, long xStride, long y,
            long yStride, int rows, long scratch) {
        for (int k = first; k < end; k += Tile.WIDTH) {
            int depth = Math.min(Tile.WIDTH, end - k);
            widen(tile + pairStride * (k / 2), panelStride, pairStride, depth, scratch, Tile.ROW_STRIDE);
            Tile.multiplyAdd(scratch, Tile.PANEL_STRIDE, Tile.ROW_STRIDE, depth, x + 4L * k, xStride, y, yStride, rows);
        }
    }

    /// `depth` rows of a tile of floats, `rowStride` bytes apart; where `depth` is odd, one more.
    static void widen(long tile, long panelStride, long pairStride, int depth, long target, long rowStride) {
        for (int column = 0; column < Tile.WIDTH; column += LANES) {
            long pairs = tile + Tile.columnOffset(column, panelStride);
            long floats = target + 4L * column;
            for (int k = 0; k < depth; k += 2) {
                IntVector pair = IntVector.fromMemorySegment(INTS, ALL, pairs + pairStride / 2 * k, ORDER);
                pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoMemorySegment(ALL, floats + rowStride * k, ORDER);
                pair.and(UPPER_HALF).reinterpretAsFloats().intoMemorySegment(ALL, floats + rowStride * (k + 1), ORDER);
            }
        }
    }

    /// One row; the panels of its sums may lie apart as those of the tile do.
    ///
    /// @param yPanelStride from `y[c]` to `y[c + PANEL]`
    static void multiplyAddOne(long tile, long panelStride, long pairStride, int pairs, long x, long y, long yPanelStride) {
        for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
            long tile0 = tile + Tile.columnOffset(strip, panelStride);
            long tile1 = tile + Tile.columnOffset(strip + LANES, panelStride);
            long tile2 = tile + Tile.columnOffset(strip + 2 * LANES, panelStride);
            long tile3 = tile + Tile.columnOffset(strip + 3 * LANES, panelStride);
            long target0 = y + Tile.columnOffset(strip, yPanelStride);
            long target1 = y + Tile.columnOffset(strip + LANES, yPanelStride);
            long target2 = y + Tile.columnOffset(strip + 2 * LANES, yPanelStride);
            long target3 = y + Tile.columnOffset(strip + 3 * LANES, yPanelStride);
            FloatVector y0 = FloatVector.fromMemorySegment(FLOATS, ALL, target0, ORDER);
            FloatVector y1 = FloatVector.fromMemorySegment(FLOATS, ALL, target1, ORDER);
            FloatVector y2 = FloatVector.fromMemorySegment(FLOATS, ALL, target2, ORDER);
            FloatVector y3 = FloatVector.fromMemorySegment(FLOATS, ALL, target3, ORDER);
            for (int pair = 0; pair < pairs; pair++) {
                long offset = pairStride * pair;
                IntVector w0 = IntVector.fromMemorySegment(INTS, ALL, tile0 + offset, ORDER);
                IntVector w1 = IntVector.fromMemorySegment(INTS, ALL, tile1 + offset, ORDER);
                IntVector w2 = IntVector.fromMemorySegment(INTS, ALL, tile2 + offset, ORDER);
                IntVector w3 = IntVector.fromMemorySegment(INTS, ALL, tile3 + offset, ORDER);
                FloatVector even = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, x + 8L * pair));
                y0 = w0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(even, y0);
                y1 = w1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(even, y1);
                y2 = w2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(even, y2);
                y3 = w3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(even, y3);
                FloatVector odd = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, x + 8L * pair + 4));
                y0 = w0.and(UPPER_HALF).reinterpretAsFloats().fma(odd, y0);
                y1 = w1.and(UPPER_HALF).reinterpretAsFloats().fma(odd, y1);
                y2 = w2.and(UPPER_HALF).reinterpretAsFloats().fma(odd, y2);
                y3 = w3.and(UPPER_HALF).reinterpretAsFloats().fma(odd, y3);
            }
            y0.intoMemorySegment(ALL, target0, ORDER);
            y1.intoMemorySegment(ALL, target1, ORDER);
            y2.intoMemorySegment(ALL, target2, ORDER);
            y3.intoMemorySegment(ALL, target3, ORDER);
        }
    }

    /// Four rows times two vectors of columns: eight sums, as many as two multipliers of a latency of four keep busy.
    private static void multiplyAddFour(long tile0, long tile1, long pairStride, int pairs, long x, long xStride, long y, long yStride) {
        long next = 4L * LANES;
        FloatVector y00 = FloatVector.fromMemorySegment(FLOATS, ALL, y, ORDER);
        FloatVector y01 = FloatVector.fromMemorySegment(FLOATS, ALL, y + next, ORDER);
        FloatVector y10 = FloatVector.fromMemorySegment(FLOATS, ALL, y + yStride, ORDER);
        FloatVector y11 = FloatVector.fromMemorySegment(FLOATS, ALL, y + yStride + next, ORDER);
        FloatVector y20 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 2 * yStride, ORDER);
        FloatVector y21 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 2 * yStride + next, ORDER);
        FloatVector y30 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 3 * yStride, ORDER);
        FloatVector y31 = FloatVector.fromMemorySegment(FLOATS, ALL, y + 3 * yStride + next, ORDER);
        for (int pair = 0; pair < pairs; pair++) {
            IntVector w0 = IntVector.fromMemorySegment(INTS, ALL, tile0 + pairStride * pair, ORDER);
            IntVector w1 = IntVector.fromMemorySegment(INTS, ALL, tile1 + pairStride * pair, ORDER);
            long input = x + 8L * pair;
            FloatVector even0 = w0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector even1 = w1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input));
            y00 = even0.fma(x0, y00);
            y01 = even1.fma(x0, y01);
            FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + xStride));
            y10 = even0.fma(x1, y10);
            y11 = even1.fma(x1, y11);
            FloatVector x2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 2 * xStride));
            y20 = even0.fma(x2, y20);
            y21 = even1.fma(x2, y21);
            FloatVector x3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 3 * xStride));
            y30 = even0.fma(x3, y30);
            y31 = even1.fma(x3, y31);
            FloatVector odd0 = w0.and(UPPER_HALF).reinterpretAsFloats();
            FloatVector odd1 = w1.and(UPPER_HALF).reinterpretAsFloats();
            FloatVector x4 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 4));
            y00 = odd0.fma(x4, y00);
            y01 = odd1.fma(x4, y01);
            FloatVector x5 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + xStride + 4));
            y10 = odd0.fma(x5, y10);
            y11 = odd1.fma(x5, y11);
            FloatVector x6 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 2 * xStride + 4));
            y20 = odd0.fma(x6, y20);
            y21 = odd1.fma(x6, y21);
            FloatVector x7 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 3 * xStride + 4));
            y30 = odd0.fma(x7, y30);
            y31 = odd1.fma(x7, y31);
        }
        y00.intoMemorySegment(ALL, y, ORDER);
        y01.intoMemorySegment(ALL, y + next, ORDER);
        y10.intoMemorySegment(ALL, y + yStride, ORDER);
        y11.intoMemorySegment(ALL, y + yStride + next, ORDER);
        y20.intoMemorySegment(ALL, y + 2 * yStride, ORDER);
        y21.intoMemorySegment(ALL, y + 2 * yStride + next, ORDER);
        y30.intoMemorySegment(ALL, y + 3 * yStride, ORDER);
        y31.intoMemorySegment(ALL, y + 3 * yStride + next, ORDER);
    }
}
