package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Arithmetic on one row of f32 at a time: short vector loops of which the kernels are made. A row is a segment and the index of its first
/// element; the rows in question are a few kilobytes and stay in the first-level cache from one call to the next. Sums are taken in
/// two vectors of partial sums, always in the same order.
final class RowMath {
    private static final ValueLayout.OfFloat FLOAT = JAVA_FLOAT_UNALIGNED;

    private RowMath() {
    }

    static float get(MemorySegment row, long index) {
        return row.get(FLOAT, index * 4);
    }

    static void put(MemorySegment row, long index, float value) {
        row.set(FLOAT, index * 4, value);
    }

    static float getBf16(MemorySegment row, long index) {
        return Float.intBitsToFloat(row.get(JAVA_SHORT_UNALIGNED, index * 2) << 16);
    }

    static void putBf16(MemorySegment row, long index, float value) {
        int bits = Float.floatToRawIntBits(value);
        row.set(JAVA_SHORT_UNALIGNED, index * 2, (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16));
    }

    static void fill(MemorySegment to, long toIndex, float value, int count) {
        FloatVector values = FloatVector.broadcast(Lanes.FLOATS, value);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            Lanes.store(values, to, toIndex + i);
        }
        for (; i < count; i++) {
            put(to, toIndex + i, value);
        }
    }

    /// to = from, from bf16 to f32.
    static void widen(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            Lanes.store(Lanes.loadBf16(from, fromIndex + i), to, toIndex + i);
        }
        for (; i < count; i++) {
            put(to, toIndex + i, getBf16(from, fromIndex + i));
        }
    }

    /// to = factor * from, from f32 to bf16.
    static void narrowScaled(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, float factor, int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            Lanes.storeBf16(Lanes.load(from, fromIndex + i).mul(factor), to, toIndex + i);
        }
        for (; i < count; i++) {
            putBf16(to, toIndex + i, get(from, fromIndex + i) * factor);
        }
    }

    /// to = factor * from.
    static void scale(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, float factor, int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            Lanes.store(Lanes.load(from, fromIndex + i).mul(factor), to, toIndex + i);
        }
        for (; i < count; i++) {
            put(to, toIndex + i, get(from, fromIndex + i) * factor);
        }
    }

    /// to += factor * from.
    static void addScaled(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, float factor, int count) {
        FloatVector factors = FloatVector.broadcast(Lanes.FLOATS, factor);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            Lanes.store(Lanes.load(from, fromIndex + i).fma(factors, Lanes.load(to, toIndex + i)), to, toIndex + i);
        }
        for (; i < count; i++) {
            put(to, toIndex + i, Math.fma(get(from, fromIndex + i), factor, get(to, toIndex + i)));
        }
    }

    /// to = factorA * a + factorB * b.
    static void mix(MemorySegment to, long toIndex, MemorySegment a, long aIndex, float factorA, MemorySegment b, long bIndex,
            float factorB, int count) {
        FloatVector factors = FloatVector.broadcast(Lanes.FLOATS, factorA);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector rest = Lanes.load(b, bIndex + i).mul(factorB);
            Lanes.store(Lanes.load(a, aIndex + i).fma(factors, rest), to, toIndex + i);
        }
        for (; i < count; i++) {
            put(to, toIndex + i, Math.fma(get(a, aIndex + i), factorA, get(b, bIndex + i) * factorB));
        }
    }

    static float dot(MemorySegment a, long aIndex, MemorySegment b, long bIndex, int count) {
        FloatVector even = FloatVector.zero(Lanes.FLOATS);
        FloatVector odd = FloatVector.zero(Lanes.FLOATS);
        int i = 0;
        for (int whole = count - count % (2 * Lanes.WIDTH); i < whole; i += 2 * Lanes.WIDTH) {
            even = Lanes.load(a, aIndex + i).fma(Lanes.load(b, bIndex + i), even);
            odd = Lanes.load(a, aIndex + i + Lanes.WIDTH).fma(Lanes.load(b, bIndex + i + Lanes.WIDTH), odd);
        }
        float rest = 0;
        for (; i < count; i++) {
            rest = Math.fma(get(a, aIndex + i), get(b, bIndex + i), rest);
        }
        return Lanes.sum(even.add(odd)) + rest;
    }

    static float maximum(MemorySegment row, long index, int count) {
        FloatVector even = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
        FloatVector odd = even;
        int i = 0;
        for (int whole = count - count % (2 * Lanes.WIDTH); i < whole; i += 2 * Lanes.WIDTH) {
            even = larger(even, Lanes.load(row, index + i));
            odd = larger(odd, Lanes.load(row, index + i + Lanes.WIDTH));
        }
        float result = larger(even, odd).reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            result = Math.max(result, get(row, index + i));
        }
        return result;
    }

    /// [FloatVector#max] takes several instructions on x86 to be right for NaN and -0. A NaN in b is passed over, one in a stays.
    private static FloatVector larger(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.GT, a));
    }

    /// row = e^(factor * row - shift), and returns the sum.
    static float exponentials(MemorySegment row, long index, float factor, float shift, int count) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        FloatVector binaryShift = FloatVector.broadcast(Lanes.FLOATS, -shift * Lanes.LOG2_E);
        FloatVector binaryFactor = FloatVector.broadcast(Lanes.FLOATS, factor * Lanes.LOG2_E);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector e = Lanes.powerOfTwo(Lanes.load(row, index + i).fma(binaryFactor, binaryShift));
            Lanes.store(e, row, index + i);
            sum = sum.add(e);
        }
        float rest = 0;
        for (; i < count; i++) {
            float e = (float) Math.exp(get(row, index + i) * factor - shift);
            put(row, index + i, e);
            rest += e;
        }
        return Lanes.sum(sum) + rest;
    }

    /// scores = weights = 2^(factor * log2(e) * scores + denominators), and gradients = weights * (factor * gradients + means): row by row
    /// what the softmax and its gradient are when the denominators' negative logarithms and the negative, scaled means are known.
    /// Both vectors begin at `vectorIndex`. `count` is a whole number of vectors.
    static void softmaxBackward(MemorySegment scores, MemorySegment gradients, long index, MemorySegment denominators, MemorySegment means,
            long vectorIndex, float factor, int count) {
        FloatVector binaryFactor = FloatVector.broadcast(Lanes.FLOATS, factor * Lanes.LOG2_E);
        FloatVector factors = FloatVector.broadcast(Lanes.FLOATS, factor);
        for (int i = 0; i < count; i += Lanes.WIDTH) {
            FloatVector weight = Lanes.powerOfTwo(Lanes.load(scores, index + i).fma(binaryFactor, Lanes.load(denominators, vectorIndex
                    + i)));
            Lanes.store(weight, scores, index + i);
            FloatVector difference = Lanes.load(gradients, index + i).fma(factors, Lanes.load(means, vectorIndex + i));
            Lanes.store(weight.mul(difference), gradients, index + i);
        }
    }

    /// to = max(from, 0)^2.
    static void reluSquared(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector positive = Lanes.load(from, fromIndex + i).max(0f);
            Lanes.store(positive.mul(positive), to, toIndex + i);
        }
        for (; i < count; i++) {
            float positive = Math.max(get(from, fromIndex + i), 0f);
            put(to, toIndex + i, positive * positive);
        }
    }

    /// gradient *= 2 max(x, 0).
    static void reluSquaredBackward(MemorySegment gradient, long gradientIndex, MemorySegment x, long xIndex, int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector slope = Lanes.load(x, xIndex + i).max(0f).mul(2f);
            Lanes.store(Lanes.load(gradient, gradientIndex + i).mul(slope), gradient, gradientIndex + i);
        }
        for (; i < count; i++) {
            put(gradient, gradientIndex + i, get(gradient, gradientIndex + i) * 2 * Math.max(get(x, xIndex + i), 0f));
        }
    }

    /// to *= factors.
    static void multiply(MemorySegment to, long toIndex, MemorySegment factors, long factorsIndex, int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            Lanes.store(Lanes.load(to, toIndex + i).mul(Lanes.load(factors, factorsIndex + i)), to, toIndex + i);
        }
        for (; i < count; i++) {
            put(to, toIndex + i, get(to, toIndex + i) * get(factors, factorsIndex + i));
        }
    }

    /// to += from^2.
    static void addSquares(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector value = Lanes.load(from, fromIndex + i);
            Lanes.store(value.fma(value, Lanes.load(to, toIndex + i)), to, toIndex + i);
        }
        for (; i < count; i++) {
            float value = get(from, fromIndex + i);
            put(to, toIndex + i, Math.fma(value, value, get(to, toIndex + i)));
        }
    }

    /// weight -= rate * update, and where update and weight agree in sign also rate * decay * weight.
    static void cautiousUpdate(MemorySegment weight, long weightIndex, MemorySegment update, long updateIndex, float rate, float decay,
            int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector old = Lanes.load(weight, weightIndex + i);
            FloatVector change = Lanes.load(update, updateIndex + i);
            FloatVector decayed = old.mul(decay).blend(0f, change.mul(old).lt(0f));
            Lanes.store(old.sub(change.add(decayed).mul(rate)), weight, weightIndex + i);
        }
        for (; i < count; i++) {
            float old = get(weight, weightIndex + i);
            float change = get(update, updateIndex + i);
            put(weight, weightIndex + i, old - rate * (change + (change * old < 0 ? 0 : decay * old)));
        }
    }
}
