package nanochat.engine.kernel;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MAX;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import nanochat.tensor.Backend;
import nanochat.tensor.Bfloat16;

/// The arithmetic between the matrix products, on rows of floats at raw addresses (see [Tile]). Lengths in floats.
///
/// No method hands a vector to another that is more than a few instructions long: the compiler would not inline it, and a vector
/// that crosses a call is an object.
public final class VectorMath {

    private static final VectorSpecies<Float> FLOATS = Tile.FLOATS;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final int LANES = Tile.LANES;
    private static final IntVector COLUMNS = IntVector.zero(INTS).addIndex(1);

    /// Adding 1.5 * 2^23 to a float of moderate size rounds it to an integer, which then stands in the low bits.
    static final float ROUNDER = 12582912f;
    /// 2^x neither overflows nor vanishes for |x| up to this.
    static final float LARGEST_POWER = 125f;
    static final int ONE_BITS = Float.floatToRawIntBits(1f);
    // 2^f - 1 = f (C1 + f (C2 + ...)) for |f| <= 1/2, Ck = ln(2)^k / k!: what the first term left out would add is below 1e-8.
    static final float C1 = 0.6931471805599453f;
    static final float C2 = 0.2402265069591007f;
    static final float C3 = 0.05550410866482158f;
    static final float C4 = 0.009618129107628477f;
    static final float C5 = 0.0013333558146428443f;
    static final float C6 = 1.5403530393381608e-4f;
    static final float C7 = 1.5252733804059838e-5f;

    private static final VectorShuffle<Float> BY_ONE = rotation(1);
    private static final VectorShuffle<Float> BY_TWO = rotation(2);
    private static final VectorShuffle<Float> BY_FOUR = rotation(4);
    private static final VectorShuffle<Float> BY_EIGHT = rotation(8);

    private VectorMath() {
    }

    private static VectorShuffle<Float> rotation(int lanes) {
        return VectorShuffle.iota(FLOATS, lanes, 1, true);
    }

    /// `target = scale * x / sqrt(mean(x^2) + eps)`. `target` may be `x`.
    public static void norm(long x, long target, int length, float scale) {
        float factor = scale / (float) Math.sqrt(sumOfSquares(x, length) / length + Backend.NORM_EPSILON);
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(load(x + 4L * i).mul(factor), target + 4L * i);
        }
        for (; i < length; i++) {
            set(target + 4L * i, get(x + 4L * i) * factor);
        }
    }

    private static float sumOfSquares(long x, int length) {
        FloatVector sums = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector values = load(x + 4L * i);
            sums = values.fma(values, sums);
        }
        float sum = sum(sums);
        for (; i < length; i++) {
            float value = get(x + 4L * i);
            sum += value * value;
        }
        return sum;
    }

    /// `x = a*x + b*y`.
    public static void mix(float a, long x, float b, long y, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(load(x + 4L * i).mul(a).add(load(y + 4L * i).mul(b)), x + 4L * i);
        }
        for (; i < length; i++) {
            set(x + 4L * i, a * get(x + 4L * i) + b * get(y + 4L * i));
        }
    }

    /// `target = x`.
    public static void copy(long x, long target, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(load(x + 4L * i), target + 4L * i);
        }
        for (; i < length; i++) {
            set(target + 4L * i, get(x + 4L * i));
        }
    }

    /// `target = x` as bfloat16, rounded to nearest, ties to even; `length` is even. NaN may become infinite.
    public static void toBfloat16(long x, long target, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            IntVector bits = load(x + 4L * i).reinterpretAsInts();
            IntVector odd = bits.lanewise(LSHR, 16).and(1);
            IntVector rounded = bits.add(odd).add(0x7fff).lanewise(LSHR, 16);
            ((ShortVector) rounded.convertShape(I2S, SHORTS, 0)).intoMemorySegment(Tile.ALL, target + 2L * i, Tile.ORDER);
        }
        for (; i < length; i++) {
            Tile.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, target + 2L * i, Bfloat16.fromFloat(get(x + 4L * i)));
        }
    }

    /// A tile of `depth` rows of floats, an even number, as one of bf16 ([Bf16Tile]), rounded as by [#toBfloat16].
    static void toBfloat16Pairs(long tile, long target, int depth) {
        for (int k = 0; k < depth; k += 2) {
            for (int column = 0; column < Tile.WIDTH; column += LANES) {
                long even = tile + Tile.ROW_STRIDE * k + 4L * column;
                IntVector lower = load(even).reinterpretAsInts();
                IntVector upper = load(even + Tile.ROW_STRIDE).reinterpretAsInts();
                lower = lower.add(lower.lanewise(LSHR, 16).and(1)).add(0x7fff).lanewise(LSHR, 16);
                upper = upper.add(upper.lanewise(LSHR, 16).and(1)).add(0x7fff).and(0xffff0000);
                lower.or(upper).intoMemorySegment(Tile.ALL, target + Tile.ROW_STRIDE * (k / 2) + 4L * column, Tile.ORDER);
            }
        }
    }

    /// Four streams of `bytes` bytes each, one after the other at `x`, as one stream at `target`: 64 bytes of each in turn.
    public static void interleaveFour(long x, long bytes, long target) {
        for (long i = 0; i < bytes; i += 64) {
            for (int stream = 0; stream < 4; stream++) {
                copy(x + stream * bytes + i, target + 4 * i + 64L * stream, 64 / Float.BYTES);
            }
        }
    }

    /// `x = 0`.
    public static void clear(long x, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(FloatVector.zero(FLOATS), x + 4L * i);
        }
        for (; i < length; i++) {
            set(x + 4L * i, 0);
        }
    }

    /// `x = x + y`.
    public static void add(long x, long y, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(load(x + 4L * i).add(load(y + 4L * i)), x + 4L * i);
        }
        for (; i < length; i++) {
            set(x + 4L * i, get(x + 4L * i) + get(y + 4L * i));
        }
    }

    /// `x = factor * x`.
    public static void scale(long x, int length, float factor) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(load(x + 4L * i).mul(factor), x + 4L * i);
        }
        for (; i < length; i++) {
            set(x + 4L * i, get(x + 4L * i) * factor);
        }
    }

    /// Rotates the two halves of a head by the angles whose cosines and sines are given: `y1 = x1 cos + x2 sin, y2 = x2 cos - x1 sin`.
    public static void rotate(long x, int headSize, long cosines, long sines) {
        int half = headSize / 2;
        long second = x + 4L * half;
        int i = 0;
        for (; i <= half - LANES; i += LANES) {
            FloatVector cosine = load(cosines + 4L * i);
            FloatVector sine = load(sines + 4L * i);
            FloatVector x1 = load(x + 4L * i);
            FloatVector x2 = load(second + 4L * i);
            store(x1.mul(cosine).add(x2.mul(sine)), x + 4L * i);
            store(x2.mul(cosine).sub(x1.mul(sine)), second + 4L * i);
        }
        for (; i < half; i++) {
            float cosine = get(cosines + 4L * i);
            float sine = get(sines + 4L * i);
            float x1 = get(x + 4L * i);
            float x2 = get(second + 4L * i);
            set(x + 4L * i, x1 * cosine + x2 * sine);
            set(second + 4L * i, x2 * cosine - x1 * sine);
        }
    }

    /// `x = max(x, 0)^2`.
    public static void squareRelu(long x, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector positive = load(x + 4L * i).max(0);
            store(positive.mul(positive), x + 4L * i);
        }
        for (; i < length; i++) {
            float positive = Math.max(get(x + 4L * i), 0);
            set(x + 4L * i, positive * positive);
        }
    }

    /// `x = cap * tanh(x / cap)`; `length` is rounded up to whole vectors.
    ///
    /// tanh y = m / (m + 2) with m = e^2y - 1, and m = 2^n (2^f - 1) + (2^n - 1) where 2y / ln 2 = n + f: nothing cancels near zero.
    public static void softcap(long x, int length, float cap) {
        for (int i = 0; i < length; i += LANES) {
            FloatVector power = load(x + 4L * i).mul((float) (2 / Math.log(2)) / cap).max(-LARGEST_POWER).min(LARGEST_POWER);
            FloatVector shifted = power.add(ROUNDER);
            FloatVector f = power.sub(shifted.sub(ROUNDER));
            FloatVector p = f.fma(broadcast(C7), broadcast(C6));
            p = p.fma(f, broadcast(C5));
            p = p.fma(f, broadcast(C4));
            p = p.fma(f, broadcast(C3));
            p = p.fma(f, broadcast(C2));
            p = p.fma(f, broadcast(C1));
            FloatVector twoToTheN = shifted.reinterpretAsInts().lanewise(LSHL, 23).add(ONE_BITS).reinterpretAsFloats();
            FloatVector m = p.mul(f).fma(twoToTheN, twoToTheN.sub(1));
            store(m.div(m.add(2)).mul(cap), x + 4L * i);
        }
    }

    /// The dot product of the first `weights.length` floats at `offset` with row `row` of `length` weights.
    public static float dot(long x, float[] weights, int row, int length) {
        float sum = 0;
        for (int i = 0; i < length; i++) {
            sum += get(x + 4L * i) * weights[row * length + i];
        }
        return sum;
    }

    public static float sigmoid(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    /// `target = e^(scale (x - shift))`, from 2^-125 to 2^125; `length` is rounded up to whole vectors. `target` may be `x`.
    public static void exp(long x, long target, int length, float shift, float scale) {
        float toPower = scale * (float) (1 / Math.log(2));
        for (int i = 0; i < length; i += LANES) {
            // e^y = 2^n 2^f with y / ln 2 = n + f
            FloatVector power = load(x + 4L * i).sub(shift).mul(toPower).max(-LARGEST_POWER).min(LARGEST_POWER);
            FloatVector shifted = power.add(ROUNDER);
            FloatVector f = power.sub(shifted.sub(ROUNDER));
            FloatVector p = f.fma(broadcast(C7), broadcast(C6));
            p = p.fma(f, broadcast(C5));
            p = p.fma(f, broadcast(C4));
            p = p.fma(f, broadcast(C3));
            p = p.fma(f, broadcast(C2));
            p = p.fma(f, broadcast(C1));
            IntVector exponent = shifted.reinterpretAsInts().lanewise(LSHL, 23);
            store(p.fma(f, broadcast(1)).reinterpretAsInts().add(exponent).reinterpretAsFloats(), target + 4L * i);
        }
    }

    /// Turns 64 attention scores into weights in place: `e^(scale * score)` from column `first` to before column `end`, zero elsewhere.
    /// Returns their sum.
    public static float expBetween(long scores, float scale, int first, int end) {
        exp(scores, scores, Tile.WIDTH, 0, scale);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int column = 0; column < Tile.WIDTH; column += LANES) {
            IntVector columns = COLUMNS.add(column);
            VectorMask<Float> seen = columns.compare(GE, first).and(columns.compare(LT, end)).cast(FLOATS);
            FloatVector weights = FloatVector.zero(FLOATS).blend(load(scores + 4L * column), seen);
            store(weights, scores + 4L * column);
            sums = sums.add(weights);
        }
        return sum(sums);
    }

    /// The sum of all elements.
    public static float sum(long x, int length) {
        FloatVector sums = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            sums = sums.add(load(x + 4L * i));
        }
        float sum = sum(sums);
        for (; i < length; i++) {
            sum += get(x + 4L * i);
        }
        return sum;
    }

    /// The sum of `e^(x - shift)` over all elements, none of which is above `shift`; terms below 2^-125 count as that.
    public static float sumOfExp(long x, int length, float shift) {
        FloatVector sums = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector power = load(x + 4L * i).sub(shift).mul((float) (1 / Math.log(2))).max(-LARGEST_POWER);
            FloatVector shifted = power.add(ROUNDER);
            FloatVector f = power.sub(shifted.sub(ROUNDER));
            FloatVector p = f.fma(broadcast(C7), broadcast(C6));
            p = p.fma(f, broadcast(C5));
            p = p.fma(f, broadcast(C4));
            p = p.fma(f, broadcast(C3));
            p = p.fma(f, broadcast(C2));
            p = p.fma(f, broadcast(C1));
            IntVector exponent = shifted.reinterpretAsInts().lanewise(LSHL, 23);
            sums = sums.add(p.fma(f, broadcast(1)).reinterpretAsInts().add(exponent).reinterpretAsFloats());
        }
        float sum = sum(sums);
        for (; i < length; i++) {
            sum += (float) Math.exp(get(x + 4L * i) - shift);
        }
        return sum;
    }

    /// The sum of `(x - shift) e^(x - shift)` over all elements, none of which is above `shift`; with [#sumOfExp] it gives a softmax's entropy.
    /// What is further below than 2^-125 counts as if it were there.
    public static float sumOfExpTimesExponent(long x, int length, float shift) {
        FloatVector sums = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector power = load(x + 4L * i).sub(shift).mul((float) (1 / Math.log(2))).max(-LARGEST_POWER);
            FloatVector shifted = power.add(ROUNDER);
            FloatVector f = power.sub(shifted.sub(ROUNDER));
            FloatVector p = f.fma(broadcast(C7), broadcast(C6));
            p = p.fma(f, broadcast(C5));
            p = p.fma(f, broadcast(C4));
            p = p.fma(f, broadcast(C3));
            p = p.fma(f, broadcast(C2));
            p = p.fma(f, broadcast(C1));
            IntVector exponent = shifted.reinterpretAsInts().lanewise(LSHL, 23);
            sums = p.fma(f, broadcast(1)).reinterpretAsInts().add(exponent).reinterpretAsFloats().fma(power, sums);
        }
        float sum = sum(sums) * (float) Math.log(2);
        for (; i < length; i++) {
            float exponent = get(x + 4L * i) - shift;
            sum += exponent * (float) Math.exp(exponent);
        }
        return sum;
    }

    /// The index of the largest element; of equal ones the first.
    public static int argmax(long x, int length) {
        FloatVector largestOfLane = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        int whole = length - length % LANES;
        for (int i = 0; i < whole; i += LANES) {
            largestOfLane = largestOfLane.max(load(x + 4L * i));
        }
        float largest = largestOfLane.reduceLanes(MAX);
        int best = -1;
        for (int i = whole; i < length; i++) {
            if (get(x + 4L * i) > largest) {
                largest = get(x + 4L * i);
                best = i;
            }
        }
        if (best >= 0) {
            return best;
        }
        for (int i = 0; i < whole; i += LANES) {
            VectorMask<Float> equal = load(x + 4L * i).eq(largest);
            if (equal.anyTrue()) {
                return i + equal.firstTrue();
            }
        }
        return 0;
    }

    /// The sum of the lanes, halves added to halves: `reduceLanes` leaves the order open, and compiled code uses another than the interpreter.
    private static float sum(FloatVector lanes) {
        FloatVector sums = lanes;
        if (LANES > 8) {
            sums = sums.add(sums.rearrange(BY_EIGHT));
        }
        if (LANES > 4) {
            sums = sums.add(sums.rearrange(BY_FOUR));
        }
        if (LANES > 2) {
            sums = sums.add(sums.rearrange(BY_TWO));
        }
        return sums.add(sums.rearrange(BY_ONE)).lane(0);
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    private static FloatVector load(long address) {
        return Tile.load(address);
    }

    private static void store(FloatVector vector, long address) {
        Tile.store(vector, address);
    }

    private static float get(long address) {
        return Tile.ALL.get(Tile.FLOAT, address);
    }

    private static void set(long address, float value) {
        Tile.ALL.set(Tile.FLOAT, address, value);
    }
}
