package nanochat.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import nanochat.tensor.Backend;

/// What [VectorMath] computes, to the same bits, without vectors: number by number on arrays, which any compiler makes fast at once, and which
/// even an interpreter gets through. For the first tokens of a process, see [Kernels].
///
/// The sums that [VectorMath] keeps in the lanes of a vector are kept in an array here, and added up in the same order.
final class ScalarMath {
    private static final int LANES = Tile.LANES;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private ScalarMath() {
    }

    static float[] load(long x, int length) {
        float[] values = new float[length];
        MemorySegment.copy(Tile.ALL, Tile.FLOAT, x, values, 0, length);
        return values;
    }

    static void store(float[] values, long target, int length) {
        MemorySegment.copy(values, 0, Tile.ALL, Tile.FLOAT, target, length);
    }

    /// Up to a multiple of a vector's lanes.
    private static int roundUp(int length) {
        return (length + LANES - 1) / LANES * LANES;
    }

    static void norm(long x, long target, int length, float scale) {
        float[] values = load(x, length);
        float factor = scale / (float) Math.sqrt(sumOfSquares(values) / length + Backend.NORM_EPSILON);
        for (int i = 0; i < length; i++) {
            values[i] *= factor;
        }
        store(values, target, length);
    }

    private static float sumOfSquares(float... values) {
        float[] sums = new float[LANES];
        int whole = values.length - values.length % LANES;
        for (int i = 0; i < whole; i++) {
            sums[i % LANES] = Math.fma(values[i], values[i], sums[i % LANES]);
        }
        float sum = sumOfLanes(sums);
        for (int i = whole; i < values.length; i++) {
            sum += values[i] * values[i];
        }
        return sum;
    }

    static void mix(float a, long x, float b, long y, int length) {
        float[] values = load(x, length);
        float[] others = load(y, length);
        for (int i = 0; i < length; i++) {
            values[i] = a * values[i] + b * others[i];
        }
        store(values, x, length);
    }

    static void copy(long x, long target, int length) {
        store(load(x, length), target, length);
    }

    static void toBfloat16(long x, long target, int length) {
        float[] values = load(x, length);
        short[] rounded = new short[length];
        for (int i = 0; i < length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            rounded[i] = (short) (bits + (bits >>> 16 & 1) + 0x7fff >>> 16);
        }
        MemorySegment.copy(rounded, 0, Tile.ALL, SHORT, target, length);
    }

    static void clear(long x, int length) {
        Tile.ALL.asSlice(x, 4L * length).fill((byte) 0);
    }

    static void add(long x, long y, int length) {
        float[] values = load(x, length);
        float[] others = load(y, length);
        for (int i = 0; i < length; i++) {
            values[i] += others[i];
        }
        store(values, x, length);
    }

    static void scale(long x, int length, float factor) {
        float[] values = load(x, length);
        for (int i = 0; i < length; i++) {
            values[i] *= factor;
        }
        store(values, x, length);
    }

    static void rotate(long x, int headSize, long cosines, long sines) {
        int half = headSize / 2;
        float[] values = load(x, headSize);
        float[] cosine = load(cosines, half);
        float[] sine = load(sines, half);
        for (int i = 0; i < half; i++) {
            float x1 = values[i];
            float x2 = values[half + i];
            values[i] = x1 * cosine[i] + x2 * sine[i];
            values[half + i] = x2 * cosine[i] - x1 * sine[i];
        }
        store(values, x, headSize);
    }

    static void squareRelu(long x, int length) {
        float[] values = load(x, length);
        for (int i = 0; i < length; i++) {
            float positive = Math.max(values[i], 0);
            values[i] = positive * positive;
        }
        store(values, x, length);
    }

    static void softcap(long x, int length, float cap) {
        int whole = roundUp(length);
        float[] values = load(x, whole);
        float toPower = (float) (2 / Math.log(2)) / cap;
        for (int i = 0; i < whole; i++) {
            float power = limited(values[i] * toPower);
            float shifted = power + VectorMath.ROUNDER;
            float f = power - (shifted - VectorMath.ROUNDER);
            float p = fraction(f);
            float twoToTheN = Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + VectorMath.ONE_BITS);
            float m = Math.fma(p * f, twoToTheN, twoToTheN - 1);
            values[i] = m / (m + 2) * cap;
        }
        store(values, x, whole);
    }

    static void exp(long x, long target, int length, float shift, float scale) {
        int whole = roundUp(length);
        float[] values = load(x, whole);
        float toPower = scale * (float) (1 / Math.log(2));
        for (int i = 0; i < whole; i++) {
            float power = limited((values[i] - shift) * toPower);
            float shifted = power + VectorMath.ROUNDER;
            float f = power - (shifted - VectorMath.ROUNDER);
            int exponent = Float.floatToRawIntBits(shifted) << 23;
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(Math.fma(fraction(f), f, 1)) + exponent);
        }
        store(values, target, whole);
    }

    private static float limited(float power) {
        return Math.min(Math.max(power, -VectorMath.LARGEST_POWER), VectorMath.LARGEST_POWER);
    }

    /// `(2^f - 1) / f`.
    private static float fraction(float f) {
        float p = Math.fma(f, VectorMath.C7, VectorMath.C6);
        p = Math.fma(p, f, VectorMath.C5);
        p = Math.fma(p, f, VectorMath.C4);
        p = Math.fma(p, f, VectorMath.C3);
        p = Math.fma(p, f, VectorMath.C2);
        return Math.fma(p, f, VectorMath.C1);
    }

    static float expBetween(long scores, float scale, int first, int end) {
        exp(scores, scores, Tile.WIDTH, 0, scale);
        float[] weights = load(scores, Tile.WIDTH);
        float[] sums = new float[LANES];
        for (int column = 0; column < Tile.WIDTH; column++) {
            if (column < first || column >= end) {
                weights[column] = 0;
            }
            sums[column % LANES] += weights[column];
        }
        store(weights, scores, Tile.WIDTH);
        return sumOfLanes(sums);
    }

    static float sum(long x, int length) {
        float[] values = load(x, length);
        float[] sums = new float[LANES];
        int whole = length - length % LANES;
        for (int i = 0; i < whole; i++) {
            sums[i % LANES] += values[i];
        }
        float sum = sumOfLanes(sums);
        for (int i = whole; i < length; i++) {
            sum += values[i];
        }
        return sum;
    }

    static int argmax(long x, int length) {
        float[] values = load(x, length);
        int whole = length - length % LANES;
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < whole; i++) {
            largest = Math.max(largest, values[i]);
        }
        int best = -1;
        for (int i = whole; i < length; i++) {
            if (values[i] > largest) {
                largest = values[i];
                best = i;
            }
        }
        if (best >= 0) {
            return best;
        }
        for (int i = 0; i < whole; i++) {
            if (values[i] == largest) {
                return i;
            }
        }
        return 0;
    }

    private static float sumOfLanes(float... lanes) {
        float[] sums = lanes;
        for (int by = LANES / 2; by > 0; by /= 2) {
            float[] next = new float[LANES];
            for (int lane = 0; lane < LANES; lane++) {
                next[lane] = sums[lane] + sums[(lane + by) % LANES];
            }
            sums = next;
        }
        return sums[0];
    }

    /// [Bf16Tile#multiplyAdd].
    static void multiplyAdd(long tile, long panelStride, long pairStride, int depth, long x, long xStride, long y, long yStride, int rows) {
        int panels = Tile.WIDTH / Tile.PANEL;
        for (int panel = 0; panel < panels; panel++) {
            int[] weights = panel(tile + panel * panelStride, pairStride, (depth + 1) / 2);
            int stride = (int) (pairStride / Integer.BYTES);
            for (int row = 0; row < rows; row++) {
                addPanel(weights, stride, depth, x + row * xStride, y + row * yStride + panel * Tile.PANEL_STRIDE);
            }
        }
    }

    /// [Bf16Tile#multiplyAddOne].
    static void multiplyAddOne(long tile, long panelStride, long pairStride, int pairs, long x, long y, long yPanelStride) {
        int panels = Tile.WIDTH / Tile.PANEL;
        for (int panel = 0; panel < panels; panel++) {
            int[] weights = panel(tile + panel * panelStride, pairStride, pairs);
            addPanel(weights, (int) (pairStride / Integer.BYTES), 2 * pairs, x, y + panel * yPanelStride);
        }
    }

    private static int[] panel(long start, long pairStride, int pairs) {
        int length = pairs == 0 ? 0 : (int) (pairStride / Integer.BYTES) * (pairs - 1) + Tile.PANEL;
        int[] weights = new int[length];
        MemorySegment.copy(Tile.ALL, Tile.INT, start, weights, 0, length);
        return weights;
    }

    private static void addPanel(int[] weights, int stride, int depth, long x, long y) {
        float[] inputs = load(x, depth);
        float[] sums = load(y, Tile.PANEL);
        addPairs(weights, stride, inputs, sums);
        if (depth % 2 != 0) {
            int at = depth / 2 * stride;
            for (int column = 0; column < Tile.PANEL; column++) {
                sums[column] = Math.fma(Float.intBitsToFloat(weights[at + column] << 16), inputs[depth - 1], sums[column]);
            }
        }
        store(sums, y, Tile.PANEL);
    }

    private static void addPairs(int[] weights, int stride, float[] inputs, float[] sums) {
        for (int pair = 0; pair < inputs.length / 2; pair++) {
            float even = inputs[2 * pair];
            float odd = inputs[2 * pair + 1];
            int at = pair * stride;
            for (int column = 0; column < Tile.PANEL; column++) {
                int both = weights[at + column];
                float sum = Math.fma(Float.intBitsToFloat(both << 16), even, sums[column]);
                sums[column] = Math.fma(Float.intBitsToFloat(both & Bf16Tile.UPPER_HALF), odd, sum);
            }
        }
    }
}
