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
    private static final long VECTOR_BYTES = 4L * LANES;
    /// Whether sixteen sums, four vectors of weights and an input have a register each: processors with 512-bit vectors have thirty-two.
    private static final boolean MANY_REGISTERS = LANES == 16;

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
        for (; MANY_REGISTERS && row + 3 <= rows; row += 4) {
            boolean three = row + 3 == rows; // then the last one is computed twice, once for nobody
            multiplyAddFour(tile, panelStride, pairStride, pairs, x + row * xStride, xStride, x + (row + (three ? 2 : 3)) * xStride,
                    y + row * yStride, yStride, three ? scratch : y + (row + 3) * yStride);
        }
        for (; row + 2 <= rows; row += 2) {
            multiplyAddTwo(tile, panelStride, pairStride, pairs, x + row * xStride, xStride, y + row * yStride, yStride);
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

    /// Two rows: a vector of weights is loaded and widened once for both. Weights from beyond the second-level cache take hardly longer than for one
    /// row, and little longer for three and four.
    private static void multiplyAddTwo(long tile, long panelStride, long pairStride, int pairs, long x, long xStride, long y,
            long yStride) {
        for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
            long tile0 = tile + Tile.columnOffset(strip, panelStride);
            long tile1 = tile + Tile.columnOffset(strip + LANES, panelStride);
            long tile2 = tile + Tile.columnOffset(strip + 2 * LANES, panelStride);
            long tile3 = tile + Tile.columnOffset(strip + 3 * LANES, panelStride);
            long target0 = y + 4L * strip;
            long target1 = y + yStride + 4L * strip;
            FloatVector y00 = FloatVector.fromMemorySegment(FLOATS, ALL, target0, ORDER);
            FloatVector y01 = FloatVector.fromMemorySegment(FLOATS, ALL, target0 + VECTOR_BYTES, ORDER);
            FloatVector y02 = FloatVector.fromMemorySegment(FLOATS, ALL, target0 + 2 * VECTOR_BYTES, ORDER);
            FloatVector y03 = FloatVector.fromMemorySegment(FLOATS, ALL, target0 + 3 * VECTOR_BYTES, ORDER);
            FloatVector y10 = FloatVector.fromMemorySegment(FLOATS, ALL, target1, ORDER);
            FloatVector y11 = FloatVector.fromMemorySegment(FLOATS, ALL, target1 + VECTOR_BYTES, ORDER);
            FloatVector y12 = FloatVector.fromMemorySegment(FLOATS, ALL, target1 + 2 * VECTOR_BYTES, ORDER);
            FloatVector y13 = FloatVector.fromMemorySegment(FLOATS, ALL, target1 + 3 * VECTOR_BYTES, ORDER);
            for (int pair = 0; pair < pairs; pair++) {
                long offset = pairStride * pair;
                IntVector w0 = IntVector.fromMemorySegment(INTS, ALL, tile0 + offset, ORDER);
                IntVector w1 = IntVector.fromMemorySegment(INTS, ALL, tile1 + offset, ORDER);
                IntVector w2 = IntVector.fromMemorySegment(INTS, ALL, tile2 + offset, ORDER);
                IntVector w3 = IntVector.fromMemorySegment(INTS, ALL, tile3 + offset, ORDER);
                long input = x + 8L * pair;
                FloatVector even0 = w0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector even1 = w1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector even2 = w2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector even3 = w3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input));
                y00 = even0.fma(x0, y00);
                y01 = even1.fma(x0, y01);
                y02 = even2.fma(x0, y02);
                y03 = even3.fma(x0, y03);
                FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + xStride));
                y10 = even0.fma(x1, y10);
                y11 = even1.fma(x1, y11);
                y12 = even2.fma(x1, y12);
                y13 = even3.fma(x1, y13);
                FloatVector odd0 = w0.and(UPPER_HALF).reinterpretAsFloats();
                FloatVector odd1 = w1.and(UPPER_HALF).reinterpretAsFloats();
                FloatVector odd2 = w2.and(UPPER_HALF).reinterpretAsFloats();
                FloatVector odd3 = w3.and(UPPER_HALF).reinterpretAsFloats();
                FloatVector x2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 4));
                y00 = odd0.fma(x2, y00);
                y01 = odd1.fma(x2, y01);
                y02 = odd2.fma(x2, y02);
                y03 = odd3.fma(x2, y03);
                FloatVector x3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + xStride + 4));
                y10 = odd0.fma(x3, y10);
                y11 = odd1.fma(x3, y11);
                y12 = odd2.fma(x3, y12);
                y13 = odd3.fma(x3, y13);
            }
            y00.intoMemorySegment(ALL, target0, ORDER);
            y01.intoMemorySegment(ALL, target0 + VECTOR_BYTES, ORDER);
            y02.intoMemorySegment(ALL, target0 + 2 * VECTOR_BYTES, ORDER);
            y03.intoMemorySegment(ALL, target0 + 3 * VECTOR_BYTES, ORDER);
            y10.intoMemorySegment(ALL, target1, ORDER);
            y11.intoMemorySegment(ALL, target1 + VECTOR_BYTES, ORDER);
            y12.intoMemorySegment(ALL, target1 + 2 * VECTOR_BYTES, ORDER);
            y13.intoMemorySegment(ALL, target1 + 3 * VECTOR_BYTES, ORDER);
        }
    }

    /// Four rows, the last of which may lie anywhere.
    ///
    /// @param x3 the last one's inputs
    /// @param y3 the last one's sums
    private static void multiplyAddFour(long tile, long panelStride, long pairStride, int pairs, long x, long xStride, long x3,
            long y, long yStride, long y3) {
        for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
            long tile0 = tile + Tile.columnOffset(strip, panelStride);
            long tile1 = tile + Tile.columnOffset(strip + LANES, panelStride);
            long tile2 = tile + Tile.columnOffset(strip + 2 * LANES, panelStride);
            long tile3 = tile + Tile.columnOffset(strip + 3 * LANES, panelStride);
            long target0 = y + 4L * strip;
            long target1 = y + yStride + 4L * strip;
            long target2 = y + 2 * yStride + 4L * strip;
            long target3 = y3 + 4L * strip;
            FloatVector y00 = FloatVector.fromMemorySegment(FLOATS, ALL, target0, ORDER);
            FloatVector y01 = FloatVector.fromMemorySegment(FLOATS, ALL, target0 + VECTOR_BYTES, ORDER);
            FloatVector y02 = FloatVector.fromMemorySegment(FLOATS, ALL, target0 + 2 * VECTOR_BYTES, ORDER);
            FloatVector y03 = FloatVector.fromMemorySegment(FLOATS, ALL, target0 + 3 * VECTOR_BYTES, ORDER);
            FloatVector y10 = FloatVector.fromMemorySegment(FLOATS, ALL, target1, ORDER);
            FloatVector y11 = FloatVector.fromMemorySegment(FLOATS, ALL, target1 + VECTOR_BYTES, ORDER);
            FloatVector y12 = FloatVector.fromMemorySegment(FLOATS, ALL, target1 + 2 * VECTOR_BYTES, ORDER);
            FloatVector y13 = FloatVector.fromMemorySegment(FLOATS, ALL, target1 + 3 * VECTOR_BYTES, ORDER);
            FloatVector y20 = FloatVector.fromMemorySegment(FLOATS, ALL, target2, ORDER);
            FloatVector y21 = FloatVector.fromMemorySegment(FLOATS, ALL, target2 + VECTOR_BYTES, ORDER);
            FloatVector y22 = FloatVector.fromMemorySegment(FLOATS, ALL, target2 + 2 * VECTOR_BYTES, ORDER);
            FloatVector y23 = FloatVector.fromMemorySegment(FLOATS, ALL, target2 + 3 * VECTOR_BYTES, ORDER);
            FloatVector y30 = FloatVector.fromMemorySegment(FLOATS, ALL, target3, ORDER);
            FloatVector y31 = FloatVector.fromMemorySegment(FLOATS, ALL, target3 + VECTOR_BYTES, ORDER);
            FloatVector y32 = FloatVector.fromMemorySegment(FLOATS, ALL, target3 + 2 * VECTOR_BYTES, ORDER);
            FloatVector y33 = FloatVector.fromMemorySegment(FLOATS, ALL, target3 + 3 * VECTOR_BYTES, ORDER);
            for (int pair = 0; pair < pairs; pair++) {
                long offset = pairStride * pair;
                IntVector w0 = IntVector.fromMemorySegment(INTS, ALL, tile0 + offset, ORDER);
                IntVector w1 = IntVector.fromMemorySegment(INTS, ALL, tile1 + offset, ORDER);
                IntVector w2 = IntVector.fromMemorySegment(INTS, ALL, tile2 + offset, ORDER);
                IntVector w3 = IntVector.fromMemorySegment(INTS, ALL, tile3 + offset, ORDER);
                long input = x + 8L * pair;
                long last = x3 + 8L * pair;
                FloatVector even0 = w0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector even1 = w1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector even2 = w2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector even3 = w3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector in0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input));
                y00 = even0.fma(in0, y00);
                y01 = even1.fma(in0, y01);
                y02 = even2.fma(in0, y02);
                y03 = even3.fma(in0, y03);
                FloatVector in1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + xStride));
                y10 = even0.fma(in1, y10);
                y11 = even1.fma(in1, y11);
                y12 = even2.fma(in1, y12);
                y13 = even3.fma(in1, y13);
                FloatVector in2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 2 * xStride));
                y20 = even0.fma(in2, y20);
                y21 = even1.fma(in2, y21);
                y22 = even2.fma(in2, y22);
                y23 = even3.fma(in2, y23);
                FloatVector in3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, last));
                y30 = even0.fma(in3, y30);
                y31 = even1.fma(in3, y31);
                y32 = even2.fma(in3, y32);
                y33 = even3.fma(in3, y33);
                FloatVector odd0 = w0.and(UPPER_HALF).reinterpretAsFloats();
                FloatVector odd1 = w1.and(UPPER_HALF).reinterpretAsFloats();
                FloatVector odd2 = w2.and(UPPER_HALF).reinterpretAsFloats();
                FloatVector odd3 = w3.and(UPPER_HALF).reinterpretAsFloats();
                FloatVector in4 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 4));
                y00 = odd0.fma(in4, y00);
                y01 = odd1.fma(in4, y01);
                y02 = odd2.fma(in4, y02);
                y03 = odd3.fma(in4, y03);
                FloatVector in5 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + xStride + 4));
                y10 = odd0.fma(in5, y10);
                y11 = odd1.fma(in5, y11);
                y12 = odd2.fma(in5, y12);
                y13 = odd3.fma(in5, y13);
                FloatVector in6 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 2 * xStride + 4));
                y20 = odd0.fma(in6, y20);
                y21 = odd1.fma(in6, y21);
                y22 = odd2.fma(in6, y22);
                y23 = odd3.fma(in6, y23);
                FloatVector in7 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, last + 4));
                y30 = odd0.fma(in7, y30);
                y31 = odd1.fma(in7, y31);
                y32 = odd2.fma(in7, y32);
                y33 = odd3.fma(in7, y33);
            }
            y00.intoMemorySegment(ALL, target0, ORDER);
            y01.intoMemorySegment(ALL, target0 + VECTOR_BYTES, ORDER);
            y02.intoMemorySegment(ALL, target0 + 2 * VECTOR_BYTES, ORDER);
            y03.intoMemorySegment(ALL, target0 + 3 * VECTOR_BYTES, ORDER);
            y10.intoMemorySegment(ALL, target1, ORDER);
            y11.intoMemorySegment(ALL, target1 + VECTOR_BYTES, ORDER);
            y12.intoMemorySegment(ALL, target1 + 2 * VECTOR_BYTES, ORDER);
            y13.intoMemorySegment(ALL, target1 + 3 * VECTOR_BYTES, ORDER);
            y20.intoMemorySegment(ALL, target2, ORDER);
            y21.intoMemorySegment(ALL, target2 + VECTOR_BYTES, ORDER);
            y22.intoMemorySegment(ALL, target2 + 2 * VECTOR_BYTES, ORDER);
            y23.intoMemorySegment(ALL, target2 + 3 * VECTOR_BYTES, ORDER);
            y30.intoMemorySegment(ALL, target3, ORDER);
            y31.intoMemorySegment(ALL, target3 + VECTOR_BYTES, ORDER);
            y32.intoMemorySegment(ALL, target3 + 2 * VECTOR_BYTES, ORDER);
            y33.intoMemorySegment(ALL, target3 + 3 * VECTOR_BYTES, ORDER);
        }
    }
}
