package nanochat.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Scalars against vectors: every bit of the memory around, too.
class ScalarMathTest {
    private static final int FLOATS = 20_000;
    private static final int SEEDS = 200;

    private final MemorySegment scalars = Arena.ofAuto().allocate(4L * FLOATS, 64);
    private final MemorySegment vectors = Arena.ofAuto().allocate(4L * FLOATS, 64);

    private interface Kernel {
        void run(long base, SplittableRandom random);
    }

    private interface Sum {
        float of(long base, SplittableRandom random);
    }

    private void assertSameBits(String name, Kernel scalar, Kernel vector) {
        assertSameSum(name, (base, random) -> {
            scalar.run(base, random);
            return 0;
        }, (base, random) -> {
            vector.run(base, random);
            return 0;
        });
    }

    private void assertSameSum(String name, Sum scalar, Sum vector) {
        for (long seed = 0; seed < SEEDS; seed++) {
            SplittableRandom values = new SplittableRandom(seed);
            double bound = seed % 5 == 0 ? 1e30 : seed % 3 == 0 ? 1e-3 : 40;
            for (int i = 0; i < FLOATS; i++) {
                float value = i % 50 == 49 ? (i % 100 == 99 ? -0f : 0) : (float) values.nextDouble(-bound, bound);
                scalars.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
                vectors.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
            }
            float sum = scalar.of(scalars.address(), new SplittableRandom(seed));
            float expected = vector.of(vectors.address(), new SplittableRandom(seed));
            assertThat(Float.floatToRawIntBits(sum)).as("%s, seed %d: %s and %s", name, seed, sum, expected).isEqualTo(Float
                    .floatToRawIntBits(
                            expected));
            assertThat(scalars.mismatch(vectors)).as("%s, seed %d: first byte that differs", name, seed).isEqualTo(-1);
        }
    }

    private static int length(SplittableRandom random) {
        return 1 + random.nextInt(200);
    }

    @Test
    void rows() {
        assertSameBits("norm", (x, random) -> ScalarMath.norm(x, x + 4000, length(random), 1.2f),
                (x, random) -> VectorMath.norm(x, x + 4000, length(random), 1.2f));
        assertSameBits("mix", (x, random) -> ScalarMath.mix(0.3f, x, -1.7f, x + 4000, length(random)),
                (x, random) -> VectorMath.mix(0.3f, x, -1.7f, x + 4000, length(random)));
        assertSameBits("copy", (x, random) -> ScalarMath.copy(x, x + 4000, length(random)),
                (x, random) -> VectorMath.copy(x, x + 4000, length(random)));
        assertSameBits("clear", (x, random) -> ScalarMath.clear(x, length(random)), (x, random) -> VectorMath.clear(x, length(random)));
        assertSameBits("add", (x, random) -> ScalarMath.add(x, x + 4000, length(random)),
                (x, random) -> VectorMath.add(x, x + 4000, length(random)));
        assertSameBits("scale", (x, random) -> ScalarMath.scale(x, length(random), 0.7f),
                (x, random) -> VectorMath.scale(x, length(random), 0.7f));
        assertSameBits("squareRelu", (x, random) -> ScalarMath.squareRelu(x, length(random)),
                (x, random) -> VectorMath.squareRelu(x, length(random)));
        assertSameBits("rotate", (x, random) -> ScalarMath.rotate(x, 2 * length(random), x + 4000, x + 8000),
                (x, random) -> VectorMath.rotate(x, 2 * length(random), x + 4000, x + 8000));
    }

    @Test
    void roundedRows() {
        assertSameBits("beside", (x, random) -> ScalarMath.toBfloat16(x, x + 4000, 2 * length(random)),
                (x, random) -> VectorMath.toBfloat16(x, x + 4000, 2 * length(random)));
        assertSameBits("in place", (x, random) -> ScalarMath.toBfloat16(x, x, 2 * length(random)),
                (x, random) -> VectorMath.toBfloat16(x, x, 2 * length(random)));
    }

    @Test
    void exponentials() {
        assertSameBits("softcap", (x, random) -> ScalarMath.softcap(x, length(random), 15),
                (x, random) -> VectorMath.softcap(x, length(random), 15));
        assertSameBits("exp", (x, random) -> ScalarMath.exp(x, x + 4000, length(random), 3, 1.25f),
                (x, random) -> VectorMath.exp(x, x + 4000, length(random), 3, 1.25f));
        assertSameSum("expBetween", (x, random) -> ScalarMath.expBetween(x, 0.1f, random.nextInt(-70, 64), random.nextInt(1, 130)),
                (x, random) -> VectorMath.expBetween(x, 0.1f, random.nextInt(-70, 64), random.nextInt(1, 130)));
    }

    @Test
    void sumsAndLargest() {
        assertSameSum("sum", (x, random) -> ScalarMath.sum(x, length(random)), (x, random) -> VectorMath.sum(x, length(random)));
        assertSameSum("argmax", (x, random) -> ScalarMath.argmax(x, length(random)), (x, random) -> VectorMath.argmax(x, length(random)));
    }

    /// The tile begins 16384 bytes into the memory, as bits of all kinds; the strides are those of matrices and of pages.
    @Test
    void tiles() {
        try (Arena arena = Arena.ofConfined()) {
            long scratch = arena.allocate(Bf16Tile.SCRATCH_BYTES, 64).address();
            for (boolean ofPage : new boolean[]{false, true}) {
                for (int rows : new int[]{1, 2, 3, 4, 7, 8, 9, 13}) {
                    assertSameBits("multiplyAdd, " + rows + " rows", (x, random) -> {
                        int depth = 1 + random.nextInt(64);
                        ScalarMath.multiplyAdd(x + 16384, ofPage ? Tile.PANEL_STRIDE : 64L * 32, ofPage ? Tile.ROW_STRIDE : 64, depth, x,
                                256,
                                x + 4096, 512, rows);
                    }, (x, random) -> {
                        int depth = 1 + random.nextInt(64);
                        Bf16Tile.multiplyAdd(x + 16384, ofPage ? Tile.PANEL_STRIDE : 64L * 32, ofPage ? Tile.ROW_STRIDE : 64, depth, x, 256,
                                x + 4096, 512, rows, scratch);
                    });
                }
            }
        }
        assertSameBits("multiplyAddOne", (x, random) -> ScalarMath.multiplyAddOne(x + 16384, 64L * 32, 64, random.nextInt(33), x, x + 4096,
                512),
                (x, random) -> Bf16Tile.multiplyAddOne(x + 16384, 64L * 32, 64, random.nextInt(33), x, x + 4096, 512));
    }
}
