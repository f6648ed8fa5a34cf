package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import nanochat.tensor.Backend;

/// The softcap and its softmax on rows of raw scores z: logit l = 15 t with t = tanh(z / 15). As |l| <= 15, e^l needs no maximum taken off.
///
/// The hyperbolic tangents are a pass of their own: in one loop with the exponentials they exceed what the compiler inlines, and vectors
/// that cross a call are allocated on the heap, which made the loop ten times slower.
final class SoftcapMath {
    private static final float CAP = Backend.SOFTCAP;
    /// z times this is the binary logarithm of e^(2 z / 15).
    private static final float TANGENT_EXPONENT = 2 * Lanes.LOG2_E / CAP;
    /// t times this is the binary logarithm of e^l.
    private static final float LOGIT_EXPONENT = CAP * Lanes.LOG2_E;

    private SoftcapMath() {
    }

    /// l, from t.
    static float logit(float t) {
        return CAP * t;
    }

    /// dl / dz, from t.
    static float slope(float t) {
        return 1 - t * t;
    }

    /// dl / dz, from l.
    static float slopeOfLogit(float l) {
        return slope(l / CAP);
    }

    /// logits = factor * probabilities * dl / dz.
    static void slopes(MemorySegment logits, long index, MemorySegment probabilities, long probabilitiesIndex, float factor, int count) {
        FloatVector factors = FloatVector.broadcast(Lanes.FLOATS, factor);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector t = Lanes.load(logits, index + i).div(CAP);
            FloatVector p = Lanes.load(probabilities, probabilitiesIndex + i).mul(factors);
            Lanes.store(p.sub(p.mul(t).mul(t)), logits, index + i);
        }
        for (; i < count; i++) {
            RowMath.put(logits, index + i, factor * RowMath.get(probabilities, probabilitiesIndex + i) * slopeOfLogit(RowMath.get(logits,
                    index + i)));
        }
    }

    /// row = t = 1 - 2 / (e^(2 z / 15) + 1), to about 1e-7.
    static void tangents(MemorySegment row, long index, int count) {
        FloatVector one = FloatVector.broadcast(Lanes.FLOATS, 1f);
        FloatVector two = FloatVector.broadcast(Lanes.FLOATS, 2f);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector power = Lanes.powerOfTwo(Lanes.load(row, index + i).mul(TANGENT_EXPONENT));
            Lanes.store(one.sub(two.div(power.add(one))), row, index + i);
        }
        for (; i < count; i++) {
            RowMath.put(row, index + i, (float) Math.tanh(RowMath.get(row, index + i) / CAP));
        }
    }

    /// sum(e^l) of a row of t.
    static float sumOfExponentials(MemorySegment row, long index, int count) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            sum = sum.add(Lanes.moderatePowerOfTwo(Lanes.load(row, index + i).mul(LOGIT_EXPONENT)));
        }
        float rest = 0;
        for (; i < count; i++) {
            rest += (float) Math.exp(logit(RowMath.get(row, index + i)));
        }
        return Lanes.sum(sum) + rest;
    }

    /// The same, and slopes = e^l dl/dz, in bf16 if `bf16`.
    static float exponentialSlopes(MemorySegment slopes, long slopesIndex, boolean bf16, MemorySegment row, long index, int count) {
        float sum = bf16
                ? narrowSlopes(slopes, slopesIndex, row, index, Lanes.whole(count))
                : wideSlopes(slopes, slopesIndex, row, index, Lanes.whole(count));
        float rest = 0;
        for (int i = Lanes.whole(count); i < count; i++) {
            float t = RowMath.get(row, index + i);
            float e = (float) Math.exp(logit(t));
            if (bf16) {
                RowMath.putBf16(slopes, slopesIndex + i, e * slope(t));
            } else {
                RowMath.put(slopes, slopesIndex + i, e * slope(t));
            }
            rest += e;
        }
        return sum + rest;
    }

    private static float narrowSlopes(MemorySegment slopes, long slopesIndex, MemorySegment row, long index, int whole) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < whole; i += Lanes.WIDTH) {
            FloatVector t = Lanes.load(row, index + i);
            FloatVector e = Lanes.moderatePowerOfTwo(t.mul(LOGIT_EXPONENT));
            sum = sum.add(e);
            Lanes.storeBf16(e.sub(e.mul(t).mul(t)), slopes, slopesIndex + i);
        }
        return Lanes.sum(sum);
    }

    private static float wideSlopes(MemorySegment slopes, long slopesIndex, MemorySegment row, long index, int whole) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < whole; i += Lanes.WIDTH) {
            FloatVector t = Lanes.load(row, index + i);
            FloatVector e = Lanes.moderatePowerOfTwo(t.mul(LOGIT_EXPONENT));
            sum = sum.add(e);
            Lanes.store(e.sub(e.mul(t).mul(t)), slopes, slopesIndex + i);
        }
        return Lanes.sum(sum);
    }
}
