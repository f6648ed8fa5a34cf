package nanochat.engine.kernel;

import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// Who computes: [VectorMath] and the tiles on the Vector API, or [ScalarMath], to the same bits.
///
/// A kernel on the Vector API that is not compiled yet makes an object of every vector, a thousand times slower than afterwards, and compiling
/// one takes longer than a short answer. So a process that shall answer at once begins with scalars ([#beginWithScalars]), and goes over to
/// vectors when a thread beside it has had them compiled ([#useVectors]). All others use vectors from the beginning.
public final class Kernels {
    private static volatile boolean vectors = true;
    /// Who uses vectors already.
    private static volatile @Nullable Thread warmingUp;

    /// Bytes of weights that scalars multiply in about the time in which vectors are compiled, a second.
    private static final long PATIENCE = 2L << 30;
    private static final CountDownLatch WANTED = new CountDownLatch(1);
    private static final CountDownLatch COMPILED = new CountDownLatch(1);
    private static long multiplied;

    private Kernels() {
    }

    /// From now on no vectors are used in this process, unless they are compiled already.
    public static void beginWithScalars() {
        vectors = COMPILED.getCount() == 0;
    }

    /// From now on the calling thread uses vectors, to have them compiled.
    public static void warmUpHere() {
        warmingUp = Thread.currentThread();
        WANTED.countDown();
    }

    /// From now on everybody uses vectors.
    public static void useVectors() {
        vectors = true;
        COMPILED.countDown();
    }

    /// Whether the calling thread computes with scalars now.
    public static boolean usesScalars() {
        return scalar();
    }

    /// Says that the calling thread is about to multiply so many bytes of weights with scalars. Where that has become as much work as compiling, or
    /// where vectors are being compiled, waits for them: they have the processor for themselves then, and what comes after is so much faster
    /// that nothing is lost.
    public static void beforeScalars(long bytes) {
        multiplied += bytes;
        if (multiplied > PATIENCE) {
            WANTED.countDown();
        }
        if (WANTED.getCount() == 0) {
            await(COMPILED);
        }
    }

    /// Returns when vectors are worth compiling.
    public static void awaitNeed() {
        await(WANTED);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean scalar() {
        return !vectors && Thread.currentThread() != warmingUp;
    }

    /// [VectorMath#norm].
    public static void norm(long x, long target, int length, float scale) {
        if (scalar()) {
            ScalarMath.norm(x, target, length, scale);
        } else {
            VectorMath.norm(x, target, length, scale);
        }
    }

    /// [VectorMath#mix].
    public static void mix(float a, long x, float b, long y, int length) {
        if (scalar()) {
            ScalarMath.mix(a, x, b, y, length);
        } else {
            VectorMath.mix(a, x, b, y, length);
        }
    }

    /// [VectorMath#copy].
    public static void copy(long x, long target, int length) {
        if (scalar()) {
            ScalarMath.copy(x, target, length);
        } else {
            VectorMath.copy(x, target, length);
        }
    }

    /// [VectorMath#toBfloat16].
    public static void toBfloat16(long x, long target, int length) {
        if (scalar()) {
            ScalarMath.toBfloat16(x, target, length);
        } else {
            VectorMath.toBfloat16(x, target, length);
        }
    }

    /// [VectorMath#clear].
    public static void clear(long x, int length) {
        if (scalar()) {
            ScalarMath.clear(x, length);
        } else {
            VectorMath.clear(x, length);
        }
    }

    /// [VectorMath#add].
    public static void add(long x, long y, int length) {
        if (scalar()) {
            ScalarMath.add(x, y, length);
        } else {
            VectorMath.add(x, y, length);
        }
    }

    /// [VectorMath#scale].
    public static void scale(long x, int length, float factor) {
        if (scalar()) {
            ScalarMath.scale(x, length, factor);
        } else {
            VectorMath.scale(x, length, factor);
        }
    }

    /// [VectorMath#rotate].
    public static void rotate(long x, int headSize, long cosines, long sines) {
        if (scalar()) {
            ScalarMath.rotate(x, headSize, cosines, sines);
        } else {
            VectorMath.rotate(x, headSize, cosines, sines);
        }
    }

    /// [VectorMath#squareRelu].
    public static void squareRelu(long x, int length) {
        if (scalar()) {
            ScalarMath.squareRelu(x, length);
        } else {
            VectorMath.squareRelu(x, length);
        }
    }

    /// [VectorMath#softcap].
    public static void softcap(long x, int length, float cap) {
        if (scalar()) {
            ScalarMath.softcap(x, length, cap);
        } else {
            VectorMath.softcap(x, length, cap);
        }
    }

    /// [VectorMath#exp].
    public static void exp(long x, long target, int length, float shift, float scale) {
        if (scalar()) {
            ScalarMath.exp(x, target, length, shift, scale);
        } else {
            VectorMath.exp(x, target, length, shift, scale);
        }
    }

    /// [VectorMath#expBetween].
    public static float expBetween(long scores, float scale, int first, int end) {
        if (scalar()) {
            return ScalarMath.expBetween(scores, scale, first, end);
        } else {
            return VectorMath.expBetween(scores, scale, first, end);
        }
    }

    /// [VectorMath#sum].
    public static float sum(long x, int length) {
        if (scalar()) {
            return ScalarMath.sum(x, length);
        } else {
            return VectorMath.sum(x, length);
        }
    }

    /// [VectorMath#argmax].
    public static int argmax(long x, int length) {
        if (scalar()) {
            return ScalarMath.argmax(x, length);
        } else {
            return VectorMath.argmax(x, length);
        }
    }

    /// [Bf16Tile#multiplyAdd].
    static void multiplyAdd(long tile, long panelStride, long pairStride, int depth, long x, long xStride, long y, long yStride, int rows,
            long scratch) {
        if (scalar()) {
            ScalarMath.multiplyAdd(tile, panelStride, pairStride, depth, x, xStride, y, yStride, rows);
        } else {
            Bf16Tile.multiplyAdd(tile, panelStride, pairStride, depth, x, xStride, y, yStride, rows, scratch);
        }
    }

    /// [Bf16Tile#multiplyAddOne].
    static void multiplyAddOne(long tile, long panelStride, long pairStride, int pairs, long x, long y, long yPanelStride) {
        if (scalar()) {
            ScalarMath.multiplyAddOne(tile, panelStride, pairStride, pairs, x, y, yPanelStride);
        } else {
            Bf16Tile.multiplyAddOne(tile, panelStride, pairStride, pairs, x, y, yPanelStride);
        }
    }

    /// [Tile#clear].
    static void clear(long y, long yStride, int rows) {
        if (scalar()) {
            for (int row = 0; row < rows; row++) {
                ScalarMath.clear(y + row * yStride, Tile.WIDTH);
            }
        } else {
            Tile.clear(y, yStride, rows);
        }
    }

    /// [Tile#clearOne].
    static void clearOne(long y, long panelStride) {
        if (scalar()) {
            for (int panel = 0; panel < Tile.WIDTH / Tile.PANEL; panel++) {
                ScalarMath.clear(y + panel * panelStride, Tile.PANEL);
            }
        } else {
            Tile.clearOne(y, panelStride);
        }
    }
}
