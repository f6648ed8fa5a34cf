package nanochat.engine;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The arithmetic between the matrix products, on rows of floats at raw addresses (see [Tile]). Lengths in floats.
final class VectorMath {
    /// The float epsilon, the eps of every norm.
    static final float EPSILON = 1.1920929e-7f;

    private static final VectorSpecies<Float> FLOATS = Tile.FLOATS;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = Tile.LANES;
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
    static void norm(long x, long target, int length, float scale) {
        float factor = scale / (float) Math.sqrt(sumOfSquares(x, length) / length + EPSILON);
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
    static void mix(float a, long x, float b, long y, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(load(x + 4L * i).mul(a).add(load(y + 4L * i).mul(b)), x + 4L * i);
        }
        for (; i < length; i++) {
            set(x + 4L * i, a * get(x + 4L * i) + b * get(y + 4L * i));
        }
    }

    /// `target = x`.
    static void copy(long x, long target, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(load(x + 4L * i), target + 4L * i);
        }
        for (; i < length; i++) {
            set(target + 4L * i, get(x + 4L * i));
        }
    }

    /// `x = 0`.
    static void clear(long x, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(FloatVector.zero(FLOATS), x + 4L * i);
        }
        for (; i < length; i++) {
            set(x + 4L * i, 0);
        }
    }

    /// `x = x + y`.
    static void add(long x, long y, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(load(x + 4L * i).add(load(y + 4L * i)), x + 4L * i);
        }
        for (; i < length; i++) {
            set(x + 4L * i, get(x + 4L * i) + get(y + 4L * i));
        }
    }

    /// `x = factor * x`.
    static void scale(long x, int length, float factor) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            store(load(x + 4L * i).mul(factor), x + 4L * i);
        }
        for (; i < length; i++) {
            set(x + 4L * i, get(x + 4L * i) * factor);
        }
    }

    /// Rotates the two halves of a head by the angles whose cosines and sines are given: `y1 = x1 cos + x2 sin, y2 = x2 cos - x1 sin`.
    static void rotate(long x, int headSize, long cosines, long sines) {
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
    static void squareRelu(long x, int length) {
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
    static void softcap(long x, int length, float cap) {
        for (int i = 0; i < length; i += LANES) {
            store(tanh(load(x + 4L * i).mul(1 / cap)).mul(cap), x + 4L * i);
        }
    }

    /// The dot product of the first `weights.length` floats at `offset` with row `row` of `length` weights.
    static float dot(long x, float[] weights, int row, int length) {
        float sum = 0;
        for (int i = 0; i < length; i++) {
            sum += get(x + 4L * i) * weights[row * length + i];
        }
        return sum;
    }

    static float sigmoid(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    /// e^x to about one unit in the last place, for x from -87 to 88; beyond, the value at the nearer end.
    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(-87f).min(88f);
        // x = n ln 2 + r with |r| <= ln(2)/2: adding 1.5 * 2^23 rounds to the integer n and leaves it in the low bits.
        FloatVector shifted = clamped.mul(1.44269504f).add(12582912f);
        FloatVector n = shifted.sub(12582912f);
        FloatVector r = n.fma(broadcast(-0.693359375f), clamped);
        r = n.fma(broadcast(2.12194440e-4f), r);
        FloatVector p = broadcast(1.9875691500e-4f);
        p = p.fma(r, broadcast(1.3981999507e-3f));
        p = p.fma(r, broadcast(8.3334519073e-3f));
        p = p.fma(r, broadcast(4.1665795894e-2f));
        p = p.fma(r, broadcast(1.6666665459e-1f));
        p = p.fma(r, broadcast(5.0000001201e-1f));
        p = p.fma(r.mul(r), r).add(1f);
        IntVector exponent = shifted.reinterpretAsInts().lanewise(LSHL, 23);
        return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    }

    /// tanh to a few units in the last place: an odd polynomial near zero, 1 - 2/(e^2x + 1) elsewhere (the split of Cephes' tanhf).
    static FloatVector tanh(FloatVector x) {
        FloatVector magnitude = x.abs();
        FloatVector large = broadcast(1f).sub(broadcast(2f).div(exp(magnitude.add(magnitude)).add(1f)));
        IntVector sign = x.reinterpretAsInts().and(0x80000000);
        FloatVector signed = large.reinterpretAsInts().or(sign).reinterpretAsFloats();
        FloatVector z = x.mul(x);
        FloatVector p = broadcast(-5.70498872745e-3f);
        p = p.fma(z, broadcast(2.06390887954e-2f));
        p = p.fma(z, broadcast(-5.37397155531e-2f));
        p = p.fma(z, broadcast(1.33314422036e-1f));
        p = p.fma(z, broadcast(-3.33332819422e-1f));
        FloatVector small = p.mul(z).fma(x, x);
        return signed.blend(small, magnitude.compare(LT, 0.625f));
    }

    /// Turns 64 attention scores into weights in place: `e^(scale * score)` from column `first` to before column `end`, zero elsewhere.
    /// Returns their sum.
    static float expBetween(long scores, float scale, int first, int end) {
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int column = 0; column < Tile.WIDTH; column += LANES) {
            IntVector columns = IntVector.broadcast(INTS, column).addIndex(1);
            VectorMask<Float> seen = columns.compare(GE, first).and(columns.compare(LT, end)).cast(FLOATS);
            FloatVector weights = FloatVector.zero(FLOATS).blend(exp(load(scores + 4L * column).mul(scale)), seen);
            store(weights, scores + 4L * column);
            sums = sums.add(weights);
        }
        return sum(sums);
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
