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

    /// row = t.
    static void tangents(MemorySegment row, long index, int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            Lanes.store(Lanes.tanh(Lanes.load(row, index + i).mul(1 / CAP)), row, index + i);
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
            sum = sum.add(Lanes.exp(Lanes.load(row, index + i).mul(CAP)));
        }
        float rest = 0;
        for (; i < count; i++) {
            rest += (float) Math.exp(logit(RowMath.get(row, index + i)));
        }
        return Lanes.sum(sum) + rest;
    }

    /// The same, and the row of t becomes e^l dl/dz.
    static float exponentialSlopes(MemorySegment row, long index, int count) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector t = Lanes.load(row, index + i);
            FloatVector e = Lanes.exp(t.mul(CAP));
            sum = sum.add(e);
            Lanes.store(e.sub(e.mul(t).mul(t)), row, index + i);
        }
        float rest = 0;
        for (; i < count; i++) {
            float t = RowMath.get(row, index + i);
            float e = (float) Math.exp(logit(t));
            RowMath.put(row, index + i, e * slope(t));
            rest += e;
        }
        return Lanes.sum(sum) + rest;
    }
}
