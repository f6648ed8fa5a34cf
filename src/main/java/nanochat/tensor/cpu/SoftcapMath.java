package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import nanochat.tensor.Backend;

/// The softcap and its softmax on rows of raw scores z: logit l = 15 tanh(z / 15). As |l| <= 15, e^l needs no maximum taken off.
final class SoftcapMath {
    private static final float CAP = Backend.SOFTCAP;

    private SoftcapMath() {
    }

    static float logit(float z) {
        return (float) (CAP * Math.tanh(z / CAP));
    }

    /// dl / dz, from l.
    static float slope(float logit) {
        return 1 - logit / CAP * (logit / CAP);
    }

    /// row = l.
    static void logits(MemorySegment row, long index, int count) {
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            Lanes.store(Lanes.tanh(Lanes.load(row, index + i).mul(1 / CAP)).mul(CAP), row, index + i);
        }
        for (; i < count; i++) {
            RowMath.put(row, index + i, logit(RowMath.get(row, index + i)));
        }
    }

    /// sum(e^l).
    static float sumOfExponentials(MemorySegment row, long index, int count) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            sum = sum.add(Lanes.exp(Lanes.tanh(Lanes.load(row, index + i).mul(1 / CAP)).mul(CAP)));
        }
        float rest = 0;
        for (; i < count; i++) {
            rest += (float) Math.exp(logit(RowMath.get(row, index + i)));
        }
        return Lanes.sum(sum) + rest;
    }

    /// The same, and slopes = e^l dl/dz in f32.
    static float exponentialSlopes(MemorySegment slopes, long slopesIndex, MemorySegment row, long index, int count) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector tanh = Lanes.tanh(Lanes.load(row, index + i).mul(1 / CAP));
            FloatVector e = Lanes.exp(tanh.mul(CAP));
            Lanes.store(e.sub(e.mul(tanh).mul(tanh)), slopes, slopesIndex + i);
            sum = sum.add(e);
        }
        float rest = 0;
        for (; i < count; i++) {
            float l = logit(RowMath.get(row, index + i));
            float e = (float) Math.exp(l);
            RowMath.put(slopes, slopesIndex + i, e * slope(l));
            rest += e;
        }
        return Lanes.sum(sum) + rest;
    }

    /// The same, with slopes in bf16.
    static float exponentialSlopesBf16(MemorySegment slopes, long slopesIndex, MemorySegment row, long index, int count) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            FloatVector tanh = Lanes.tanh(Lanes.load(row, index + i).mul(1 / CAP));
            FloatVector e = Lanes.exp(tanh.mul(CAP));
            Lanes.storeBf16(e.sub(e.mul(tanh).mul(tanh)), slopes, slopesIndex + i);
            sum = sum.add(e);
        }
        float rest = 0;
        for (; i < count; i++) {
            float l = logit(RowMath.get(row, index + i));
            float e = (float) Math.exp(l);
            RowMath.putBf16(slopes, slopesIndex + i, e * slope(l));
            rest += e;
        }
        return Lanes.sum(sum) + rest;
    }
}
