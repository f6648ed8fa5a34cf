package nanochat.engine.kernel;

import static nanochat.engine.kernel.Tile.ALL;
import static nanochat.engine.kernel.Tile.FLOAT;
import static nanochat.engine.kernel.Tile.FLOATS;
import static nanochat.engine.kernel.Tile.LANES;
import static nanochat.engine.kernel.Tile.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import nanochat.tensor.Bfloat16;

/// Integers q from 0 to 15, weight `(q/16 - 1/2) scale`, one scale in bf16 for each [#GROUP] inputs of an output: 4.5 bits a weight. Such a
/// weight is a float, exactly.
///
/// In a panel, every two groups of inputs are 16 words with the two scales of each output (the first in the lower half), then for each group
/// four times 16 words of eight q. Nothing is converted from integer to float: a q in the upper bits of a mantissa, below the exponent of 1, is
/// the number `1 + q/16`, and four bits lower `1 + q/256`. So one logical instruction makes a float of a q, a rotation by a byte brings the next
/// two to these places, and what is too much (3/2 and, times 16, 33/2 of the inputs) is subtracted once a group.
///
/// One row has therefore sums that differ in the last bits from those of several rows, which are multiplied with the weights themselves.
public record Int4Matrix(int outputs, int inputs, MemorySegment memory) implements NarrowMatrix {
    /// Inputs that have a scale in common.
    static final int GROUP = 32;

    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int STRIP = 4 * LANES;
    private static final int LARGEST = 15;
    /// Eight q of each output of a panel.
    private static final int WORDS_BYTES = 4 * Tile.PANEL;
    private static final int WORDS_A_GROUP = GROUP / 8;
    private static final int GROUP_BYTES = WORDS_A_GROUP * WORDS_BYTES;
    private static final int TWO_GROUPS_BYTES = WORDS_BYTES + 2 * GROUP_BYTES;
    private static final int UPPER_HALF = 0xffff0000;
    private static final int ONE = Float.floatToRawIntBits(1f);
    /// Where a q stands among the bits of a float that is `1 + q/16`, and of one that is `1 + q/256`.
    private static final int HIGH = 19;
    private static final int LOW = 15;
    private static final int HIGH_MASK = LARGEST << HIGH;
    private static final int LOW_MASK = LARGEST << LOW;
    /// What the products with those floats have too much, of each input; the second is 16 times as much, as its product will be.
    private static final float HIGH_EXCESS = 1.5f;
    private static final float LOW_EXCESS = 16.5f;
    private static final FloatVector SIXTEEN = FloatVector.broadcast(FLOATS, 16);

    public Int4Matrix {
        if (inputs > GROUP * Tile.WIDTH * Tile.WIDTH) {
            throw new IllegalArgumentException("at most " + GROUP * Tile.WIDTH * Tile.WIDTH + " inputs, not " + inputs);
        }
    }

    /// In new memory: all zero where that is an arena's.
    public static Int4Matrix of(SegmentAllocator memory, int outputs, int inputs) {
        return new Int4Matrix(outputs, inputs, memory.allocate(panelBytes(inputs) * (Tile.roundUp(outputs) / Tile.PANEL), 64));
    }

    @Override
    public Int4Matrix first(int count) {
        return new Int4Matrix(count, inputs, memory);
    }

    @Override
    public void fill(BlockSource source, int block) {
        float[] weights = new float[inputs];
        float[] padded = new float[(inputs + 2 * GROUP - 1) / (2 * GROUP) * 2 * GROUP];
        for (int output = block * Tile.WIDTH; output < Math.min(outputs, (block + 1) * Tile.WIDTH); output++) {
            source.copyOutput(output, weights);
            System.arraycopy(weights, 0, padded, 0, inputs);
            long column = panelBytes(inputs) * (output / Tile.PANEL) + 4L * (output % Tile.PANEL);
            for (int group = 0; group < padded.length / GROUP; group++) {
                pack(padded, group, memory, column + (long) TWO_GROUPS_BYTES * (group / 2));
            }
        }
    }

    /// Puts a group of an output's weights where they belong.
    ///
    /// @param column offset of the output's word with the scales of this group and its neighbour
    private static void pack(float[] weights, int group, MemorySegment memory, long column) {
        float scale = scale(weights, group * GROUP);
        memory.set(ValueLayout.JAVA_SHORT, column + 2 * (group % 2), Bfloat16.fromFloat(scale));
        for (int word = 0; word < WORDS_A_GROUP; word++) {
            int bits = 0;
            for (int pair = 0; pair < 4; pair++) {
                int k = group * GROUP + 8 * word + 2 * pair;
                bits |= Integer.rotateRight(quantized(weights[k], scale) << HIGH, 8 * pair);
                bits |= Integer.rotateRight(quantized(weights[k + 1], scale) << LOW, 8 * pair);
            }
            memory.set(ValueLayout.JAVA_INT, column + WORDS_BYTES + (long) GROUP_BYTES * (group % 2) + WORDS_BYTES * word, bits);
        }
    }

    /// The scale, as a bf16, by which q = 0 stands for the weight of the largest magnitude: the range has one number more on that side.
    private static float scale(float[] weights, int first) {
        float largest = 0;
        for (int k = first; k < first + GROUP; k++) {
            if (Math.abs(weights[k]) > Math.abs(largest)) {
                largest = weights[k];
            }
        }
        return Bfloat16.round(-2 * largest);
    }

    private static int quantized(float weight, float scale) {
        return scale == 0 ? (LARGEST + 1) / 2 : Math.clamp(Math.round((weight / scale + 0.5f) * (LARGEST + 1)), 0, LARGEST);
    }

    @Override
    public void multiplyRow(int firstPanel, int endPanel, long x, long y, long scratch) {
        sumExcesses(x, scratch);
        for (int panel = firstPanel; panel < endPanel; panel++) {
            for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
                multiplyStrip(memory.address() + panel * panelBytes(inputs), strip, x, scratch, y + Tile.PANEL_STRIDE * panel);
            }
        }
    }

    /// What each group's products have too much, with the sign of what is to be added.
    private void sumExcesses(long x, long target) {
        for (int group = 0; group < groups(); group++) {
            float even = 0;
            float odd = 0;
            int end = Math.min(inputs, (group + 1) * GROUP);
            int k = group * GROUP;
            for (; k + 1 < end; k += 2) {
                even += ALL.get(FLOAT, x + 4L * k);
                odd += ALL.get(FLOAT, x + 4L * k + 4);
            }
            if (k < end) {
                even += ALL.get(FLOAT, x + 4L * k);
            }
            ALL.set(FLOAT, target + 4L * group, -(HIGH_EXCESS * even + LOW_EXCESS * odd));
        }
    }

    /// The columns of a strip, of a tile whose panels are a quarter of the matrix apart.
    private void multiplyStrip(long tile, int strip, long x, long excesses, long y) {
        long panelStride = blocks() * panelBytes(inputs);
        long yPanelStride = Tile.PANEL_STRIDE * blocks();
        int groups = groups();
        long tile0 = tile + Tile.columnOffset(strip, panelStride);
        long tile1 = tile + Tile.columnOffset(strip + LANES, panelStride);
        long tile2 = tile + Tile.columnOffset(strip + 2 * LANES, panelStride);
        long tile3 = tile + Tile.columnOffset(strip + 3 * LANES, panelStride);
        FloatVector y0 = FloatVector.zero(FLOATS);
        FloatVector y1 = FloatVector.zero(FLOATS);
        FloatVector y2 = FloatVector.zero(FLOATS);
        FloatVector y3 = FloatVector.zero(FLOATS);
        for (int group = 0; group < groups; group++) {
            long scales = (long) TWO_GROUPS_BYTES * (group / 2);
            long words = scales + WORDS_BYTES + (long) GROUP_BYTES * (group % 2);
            int toUpperHalf = 16 - 16 * (group % 2);
            FloatVector high0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, excesses + 4L * group));
            FloatVector high1 = high0;
            FloatVector high2 = high0;
            FloatVector high3 = high0;
            FloatVector low0 = FloatVector.zero(FLOATS);
            FloatVector low1 = FloatVector.zero(FLOATS);
            FloatVector low2 = FloatVector.zero(FLOATS);
            FloatVector low3 = FloatVector.zero(FLOATS);
            for (int word = 0; word < WORDS_A_GROUP; word++) {
                long offset = words + (long) WORDS_BYTES * word;
                IntVector w0 = IntVector.fromMemorySegment(INTS, ALL, tile0 + offset, ORDER);
                IntVector w1 = IntVector.fromMemorySegment(INTS, ALL, tile1 + offset, ORDER);
                IntVector w2 = IntVector.fromMemorySegment(INTS, ALL, tile2 + offset, ORDER);
                IntVector w3 = IntVector.fromMemorySegment(INTS, ALL, tile3 + offset, ORDER);
                long input = x + 4L * (GROUP * group + 8 * word);
                for (int pair = 0; pair < 4; pair++) {
                    FloatVector even = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 8L * pair));
                    high0 = w0.and(HIGH_MASK).or(ONE).reinterpretAsFloats().fma(even, high0);
                    high1 = w1.and(HIGH_MASK).or(ONE).reinterpretAsFloats().fma(even, high1);
                    high2 = w2.and(HIGH_MASK).or(ONE).reinterpretAsFloats().fma(even, high2);
                    high3 = w3.and(HIGH_MASK).or(ONE).reinterpretAsFloats().fma(even, high3);
                    FloatVector odd = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, input + 8L * pair + 4));
                    low0 = w0.and(LOW_MASK).or(ONE).reinterpretAsFloats().fma(odd, low0);
                    low1 = w1.and(LOW_MASK).or(ONE).reinterpretAsFloats().fma(odd, low1);
                    low2 = w2.and(LOW_MASK).or(ONE).reinterpretAsFloats().fma(odd, low2);
                    low3 = w3.and(LOW_MASK).or(ONE).reinterpretAsFloats().fma(odd, low3);
                    w0 = w0.lanewise(VectorOperators.ROL, 8);
                    w1 = w1.lanewise(VectorOperators.ROL, 8);
                    w2 = w2.lanewise(VectorOperators.ROL, 8);
                    w3 = w3.lanewise(VectorOperators.ROL, 8);
                }
            }
            IntVector s0 = IntVector.fromMemorySegment(INTS, ALL, tile0 + scales, ORDER).lanewise(VectorOperators.LSHL, toUpperHalf);
            y0 = low0.fma(SIXTEEN, high0).fma(s0.and(UPPER_HALF).reinterpretAsFloats(), y0);
            IntVector s1 = IntVector.fromMemorySegment(INTS, ALL, tile1 + scales, ORDER).lanewise(VectorOperators.LSHL, toUpperHalf);
            y1 = low1.fma(SIXTEEN, high1).fma(s1.and(UPPER_HALF).reinterpretAsFloats(), y1);
            IntVector s2 = IntVector.fromMemorySegment(INTS, ALL, tile2 + scales, ORDER).lanewise(VectorOperators.LSHL, toUpperHalf);
            y2 = low2.fma(SIXTEEN, high2).fma(s2.and(UPPER_HALF).reinterpretAsFloats(), y2);
            IntVector s3 = IntVector.fromMemorySegment(INTS, ALL, tile3 + scales, ORDER).lanewise(VectorOperators.LSHL, toUpperHalf);
            y3 = low3.fma(SIXTEEN, high3).fma(s3.and(UPPER_HALF).reinterpretAsFloats(), y3);
        }
        y0.intoMemorySegment(ALL, y + Tile.columnOffset(strip, yPanelStride), ORDER);
        y1.intoMemorySegment(ALL, y + Tile.columnOffset(strip + LANES, yPanelStride), ORDER);
        y2.intoMemorySegment(ALL, y + Tile.columnOffset(strip + 2 * LANES, yPanelStride), ORDER);
        y3.intoMemorySegment(ALL, y + Tile.columnOffset(strip + 3 * LANES, yPanelStride), ORDER);
    }

    @Override
    public void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        multiplyRowsWidened(block, x, xStride, y, yStride, rows, scratch);
    }

    @Override
    public void widen(int block, int first, int depth, long tile) {
        for (int column = 0; column < Tile.WIDTH; column += LANES) {
            long start = memory.address() + panelBytes(inputs) * (block * (Tile.WIDTH / Tile.PANEL)) + Tile.columnOffset(column,
                    panelBytes(inputs));
            for (int k = 0; k < depth; k += GROUP) {
                widenGroup(start + (long) TWO_GROUPS_BYTES * ((first + k) / (2 * GROUP)), (first + k) / GROUP % 2,
                        tile + 4L * column + Tile.ROW_STRIDE * k);
            }
        }
    }

    /// The first or second of two groups, a vector of outputs.
    private static void widenGroup(long twoGroups, int which, long target) {
        FloatVector scale = IntVector.fromMemorySegment(INTS, ALL, twoGroups, ORDER).lanewise(VectorOperators.LSHL, 16 - 16 * which)
                .and(UPPER_HALF).reinterpretAsFloats();
        FloatVector highExcess = scale.mul(-HIGH_EXCESS);
        FloatVector lowScale = scale.mul(16);
        FloatVector lowExcess = scale.mul(-LOW_EXCESS);
        long words = twoGroups + WORDS_BYTES + (long) GROUP_BYTES * which;
        for (int word = 0; word < WORDS_A_GROUP; word++) {
            IntVector w = IntVector.fromMemorySegment(INTS, ALL, words + (long) WORDS_BYTES * word, ORDER);
            for (int pair = 0; pair < 4; pair++) {
                long row = target + Tile.ROW_STRIDE * (8 * word + 2 * pair);
                w.and(HIGH_MASK).or(ONE).reinterpretAsFloats().fma(scale, highExcess).intoMemorySegment(ALL, row, ORDER);
                w.and(LOW_MASK).or(ONE).reinterpretAsFloats().fma(lowScale, lowExcess).intoMemorySegment(ALL, row + Tile.ROW_STRIDE, ORDER);
                w = w.lanewise(VectorOperators.ROL, 8);
            }
        }
    }

    private int groups() {
        return (inputs + GROUP - 1) / GROUP;
    }

    private static long panelBytes(int inputs) {
        return (inputs + 2L * GROUP - 1) / (2 * GROUP) * TWO_GROUPS_BYTES;
    }
}
