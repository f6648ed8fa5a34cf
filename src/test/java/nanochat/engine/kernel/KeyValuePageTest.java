package nanochat.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import nanochat.tensor.Bfloat16;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Scores and weighted sums against dot products in double, computed here from keys and values as the format rounds them.
class KeyValuePageTest {
    private static final int[] ROWS = {1, 2, 3, 4, 5, 8, 9, 16, 19};

    @ParameterizedTest
    @CsvSource({"F32, 1, 64", "BF16, 1, 64", "BF16, 3, 36", "F32, 3, 36", "BF16, 2, 130", "BF16, 1, 2"})
    void productsAreThoseOfTheRoundedKeysAndValuesAndHaveTheSameBitsInEveryBatch(KeyValueFormat format, int kvHeads, int headSize) {
        SplittableRandom random = new SplittableRandom(7L * kvHeads + headSize);
        Arena arena = Arena.ofAuto();
        int positions = KeyValuePage.POSITIONS - random.nextInt(30);
        float[][][] keys = new float[positions][kvHeads][];
        float[][][] values = new float[positions][kvHeads][];
        KeyValuePage page = pageAfterSomethingElse(format, arena, kvHeads, headSize);
        storeInStretches(page, keys, values, random, headSize);
        Rows queries = Rows.allocate(arena, 32, headSize);
        Rows weights = Rows.allocate(arena, 32, KeyValuePage.POSITIONS);
        fill(queries, random, headSize);
        fill(weights, random, KeyValuePage.POSITIONS);
        MemorySegment scratch = arena.allocate(KeyValuePage.SCRATCH_BYTES, 64);
        Rows scores = Rows.allocate(arena, 32, KeyValuePage.POSITIONS);
        Rows sums = Rows.allocate(arena, 32, headSize);
        for (int head = 0; head < kvHeads; head++) {
            for (int seen : new int[]{positions, positions - 1, 1}) {
                float[][] first = new float[32][];
                for (int rows : ROWS) {
                    page.multiplyKeys(head, queries.address(0), queries.stride(), scores.address(0), rows, scratch.address());
                    page.multiplyValues(head, weights.address(0), seen, sums.address(0), sums.stride(), rows, scratch.address());
                    for (int row = 0; row < rows; row++) {
                        for (int position = 0; position < positions; position++) {
                            double expected = 0;
                            for (int channel = 0; channel < headSize; channel++) {
                                expected += (double) queries.get(row, channel) * rounded(format, keys[position][head][channel]);
                            }
                            assertThat((double) scores.get(row, position)).isCloseTo(expected, within(1e-6 * headSize));
                        }
                        for (int channel = 0; channel < headSize; channel++) {
                            double expected = 0;
                            for (int position = 0; position < seen; position++) {
                                expected += (double) weights.get(row, position) * rounded(format, values[position][head][channel]);
                            }
                            assertThat((double) sums.get(row, channel)).isCloseTo(expected, within(1e-6 * positions));
                        }
                        float[] both = Arrays.copyOf(copy(scores, row, positions), positions + headSize);
                        System.arraycopy(copy(sums, row, headSize), 0, both, positions, headSize);
                        if (first[row] == null) {
                            first[row] = both;
                        }
                        assertThat(both).as("row %s of %s", row, rows).containsExactly(first[row]);
                    }
                }
            }
        }
    }

    /// Pages are used again: what an earlier sequence left behind, numbers or not, must not be seen.
    private static KeyValuePage pageAfterSomethingElse(KeyValueFormat format, Arena arena, int kvHeads, int headSize) {
        KeyValuePage page = KeyValuePage.allocate(format, arena, kvHeads, headSize);
        page.keys().fill((byte) 0xff);
        page.values().fill((byte) 0xff);
        KeyValuePage copy = KeyValuePage.allocate(format, arena, kvHeads, headSize);
        copy.copyFrom(page);
        return copy;
    }

    /// One to nine positions at a time, as prompts and single tokens do.
    private static void storeInStretches(KeyValuePage page, float[][][] keys, float[][][] values, SplittableRandom random, int headSize) {
        int kvHeads = keys[0].length;
        int next;
        for (int position = 0; position < keys.length; position = next) {
            next = Math.min(keys.length, position + 1 + random.nextInt(9));
            Rows key = Rows.allocate(Arena.ofAuto(), next - position, kvHeads * headSize);
            Rows value = Rows.allocate(Arena.ofAuto(), next - position, kvHeads * headSize);
            for (int i = position; i < next; i++) {
                for (int head = 0; head < kvHeads; head++) {
                    keys[i][head] = values(random, headSize);
                    values[i][head] = values(random, headSize);
                    MemorySegment.copy(keys[i][head], 0, key.memory(), ValueLayout.JAVA_FLOAT,
                            key.offset(i - position) + 4L * head * headSize, headSize);
                    MemorySegment.copy(values[i][head], 0, value.memory(), ValueLayout.JAVA_FLOAT,
                            value.offset(i - position) + 4L * head * headSize, headSize);
                }
            }
            for (int head = 0; head < kvHeads; head++) {
                page.store(position, next - position, head, key.address(0) + 4L * head * headSize, value.address(0) + 4L * head * headSize,
                        key.stride());
            }
        }
    }

    private static float rounded(KeyValueFormat format, float value) {
        return switch (format) {
            case F32 -> value;
            case BF16 -> Bfloat16.round(value);
        };
    }

    private static float[] copy(Rows rows, int row, int length) {
        float[] values = new float[rows.width()];
        rows.copyRow(row, values);
        return Arrays.copyOf(values, length);
    }

    private static void fill(Rows rows, SplittableRandom random, int width) {
        for (int row = 0; row < 32; row++) {
            MemorySegment.copy(values(random, width), 0, rows.memory(), ValueLayout.JAVA_FLOAT, rows.offset(row), width);
        }
    }

    private static float[] values(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
