package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The widest vectors this processor has (up to 16 floats), and how they are loaded, stored and raised to powers. Indices count elements.
final class Lanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() > 16
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    static final int WIDTH = FLOATS.length();

    private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class,
            VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    // Lane i of what is rearranged by one of these is lane i + 8, 4, 2 of what was (modulo the width).
    private static final VectorShuffle<Float> BY_EIGHT = rotation(8);
    private static final VectorShuffle<Float> BY_FOUR = rotation(4);
    private static final VectorShuffle<Float> BY_TWO = rotation(2);
    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /// All of memory. A segment of constant bounds costs no check per access, where one that comes as an argument costs several, which is
    /// more than the arithmetic on what it holds: rows of bf16 were widened 2.5 times faster. The bounds were checked with the shapes.
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    static final float LOG2_E = 1.4426950408889634f;
    /// Adding it to a float of moderate size rounds that to an integer n, which then stands in the low bits of the sum, increased by 127:
    /// shifted to the left by 23 they are 2^n.
    private static final float ROUNDER = 12582912f + 127;
    /// The bits of [#ROUNDER] + n for the least and the largest n whose power is a normal number.
    private static final int LEAST = Float.floatToRawIntBits(ROUNDER) - 126;
    private static final int LARGEST = Float.floatToRawIntBits(ROUNDER) + 127;
    // 2^f = 1 + f * (P1 + f * (P2 + ...)) for |f| <= 1/2, with the least largest relative error: 9.1e-8.
    private static final float P1 = 0.6931469776f;
    private static final float P2 = 0.2402224208f;
    private static final float P3 = 0.05550733744f;
    private static final float P4 = 0.009671512786f;
    private static final float P5 = 0.001326472725f;

    private Lanes() {
    }

    private static VectorShuffle<Float> rotation(int lanes) {
        return VectorShuffle.iota(FLOATS, lanes % WIDTH, 1, true);
    }

    /// The largest multiple of [#WIDTH] that is at most `count`.
    static int whole(int count) {
        return count - count % WIDTH;
    }

    static FloatVector load(MemorySegment from, long index) {
        return FloatVector.fromMemorySegment(FLOATS, MEMORY, from.address() + index * 4, ORDER);
    }

    static void store(FloatVector value, MemorySegment to, long index) {
        value.intoMemorySegment(MEMORY, to.address() + index * 4, ORDER);
    }

    static FloatVector loadBf16(MemorySegment from, long index) {
        ShortVector bits = ShortVector.fromMemorySegment(SHORTS, MEMORY, from.address() + index * 2, ORDER);
        IntVector wide = (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
        return wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /// Rounds to nearest, ties to even.
    static void storeBf16(FloatVector value, MemorySegment to, long index) {
        IntVector bits = value.reinterpretAsInts();
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
        IntVector rounded = bits.add(odd).add(0x7FFF).lanewise(VectorOperators.LSHR, 16);
        ((ShortVector) rounded.convertShape(VectorOperators.I2S, SHORTS, 0)).intoMemorySegment(MEMORY, to.address() + index * 2, ORDER);
    }

    /// The sum of the lanes, always in the same order: halves onto halves. [FloatVector#reduceLanes] leaves the order open, and takes another
    /// one in compiled code than in interpreted code, so that a run would not repeat bit by bit.
    static float sum(FloatVector x) {
        FloatVector sum = x;
        sum = WIDTH > 8 ? sum.add(sum.rearrange(BY_EIGHT)) : sum;
        sum = WIDTH > 4 ? sum.add(sum.rearrange(BY_FOUR)) : sum;
        sum = WIDTH > 2 ? sum.add(sum.rearrange(BY_TWO)) : sum;
        return WIDTH > 1 ? sum.lane(0) + sum.lane(1) : sum.lane(0);
    }

    /// 2^x, relative error about 2e-7; what would be smaller than the normal numbers or larger is one of the outermost of them. A NaN stays one.
    static FloatVector powerOfTwo(FloatVector x) {
        FloatVector shifted = x.add(ROUNDER);
        IntVector exponent = shifted.reinterpretAsInts().max(LEAST).min(LARGEST).lanewise(VectorOperators.LSHL, 23);
        return fraction(x.sub(shifted.sub(ROUNDER))).mul(exponent.reinterpretAsFloats());
    }

    /// The same for |x| <= 126.
    static FloatVector moderatePowerOfTwo(FloatVector x) {
        FloatVector shifted = x.add(ROUNDER);
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return fraction(x.sub(shifted.sub(ROUNDER))).mul(exponent.reinterpretAsFloats());
    }

    /// 2^f for |f| <= 1/2.
    private static FloatVector fraction(FloatVector f) {
        FloatVector p = f.fma(FloatVector.broadcast(FLOATS, P5), FloatVector.broadcast(FLOATS, P4));
        p = p.fma(f, FloatVector.broadcast(FLOATS, P3));
        p = p.fma(f, FloatVector.broadcast(FLOATS, P2));
        p = p.fma(f, FloatVector.broadcast(FLOATS, P1));
        return p.fma(f, FloatVector.broadcast(FLOATS, 1f));
    }
}
