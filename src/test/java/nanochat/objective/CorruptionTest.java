package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import nanochat.data.Batch;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Visibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is hidden, and how often. Oracle: the distributions in docs/objectives.md, over replayable draws.
class CorruptionTest {
    private static final int ROWS = 3;
    private static final int LENGTH = 21;
    private static final int MASK = TextModel.VOCABULARY;
    private static final int DRAWS = 4000;

    static LongStream seeds() {
        return RandomValues.seeds(3);
    }

    private static boolean[] hidden(Corrupted corrupted) {
        boolean[] hidden = new boolean[corrupted.question().inputs().length];
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = corrupted.question().inputs()[i] == MASK;
        }
        return hidden;
    }

    private static int count(boolean[] hidden, int row) {
        return (int) IntStream.range(row * LENGTH, (row + 1) * LENGTH).filter(i -> hidden[i]).count();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void maskingHidesItsShareOfTheWordsOfEveryRowAndAsksForThemWhereTheyStood(long seed) {
        Batch text = TextModel.text(seed, ROWS, LENGTH);
        for (double rate : new double[]{0.01, 0.15, 0.4, 0.99}) {
            Corrupted corrupted = new Masking(rate, MASK, TextModel.FIRST_SPECIAL).of(text, new SplittableRandom(seed));
            boolean[] hidden = hidden(corrupted);
            for (int row = 0; row < ROWS; row++) {
                long words = Arrays.stream(text.inputs(), row * LENGTH + 1, (row + 1) * LENGTH).filter(id -> id < TextModel.FIRST_SPECIAL)
                        .count();
                assertThat(count(hidden, row)).isEqualTo((int) Math.max(1, Math.round(rate * words)));
            }
            for (int i = 0; i < hidden.length; i++) {
                assertThat(corrupted.question().inputs()[i]).isEqualTo(hidden[i] ? MASK : text.inputs()[i]);
                assertThat(corrupted.question().targets()[i]).isEqualTo(hidden[i] ? text.inputs()[i] : Batch.IGNORED);
                assertThat(corrupted.scored()[i]).isEqualTo(corrupted.question().targets()[i]);
                assertThat(hidden[i] && text.inputs()[i] >= TextModel.FIRST_SPECIAL).isFalse();
            }
            assertThat(corrupted.sight()).isEqualTo(new Visibility.BothDirections());
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyWordIsHiddenEquallyOftenByMasking(long seed) {
        Batch text = TextModel.text(seed, ROWS, LENGTH);
        int[] times = new int[ROWS * LENGTH];
        for (int draw = 0; draw < DRAWS; draw++) {
            boolean[] hidden = hidden(new Masking(0.3, MASK, TextModel.FIRST_SPECIAL).of(text, Draws.of(seed, draw, 0)));
            for (int i = 0; i < times.length; i++) {
                times[i] += hidden[i] ? 1 : 0;
            }
        }
        for (int row = 0; row < ROWS; row++) {
            int[] words = Arrays.stream(RowText.positions(text, row)).filter(i -> text.inputs()[i] < TextModel.FIRST_SPECIAL).toArray();
            double expected = (double) Math.round(0.3 * words.length) / words.length;
            for (int word : words) {
                // four standard deviations of a share of 4000 draws
                assertThat((double) times[word] / DRAWS).isCloseTo(expected, within(0.03));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void diffusionHidesEveryNumberOfTokensEquallyOftenAndWeighsByIt(long seed) {
        Batch text = TextModel.text(seed, ROWS, LENGTH);
        int[][] times = new int[ROWS][LENGTH];
        double[] weight = new double[ROWS * LENGTH];
        for (int draw = 0; draw < DRAWS; draw++) {
            Corrupted corrupted = new Absorption(MASK).of(text, Draws.of(seed, draw, 1));
            boolean[] hidden = hidden(corrupted);
            assertThat(corrupted.divisor()).isEqualTo(ROWS * (LENGTH - 1));
            for (int row = 0; row < ROWS; row++) {
                int count = count(hidden, row);
                times[row][count]++;
                assertThat(hidden[row * LENGTH]).as("the first of a row").isFalse();
                for (int i = row * LENGTH; i < (row + 1) * LENGTH; i++) {
                    assertThat(corrupted.scored()[i]).isEqualTo(i == row * LENGTH ? Batch.IGNORED : text.inputs()[i]);
                    if (hidden[i]) {
                        assertThat(corrupted.importance()[i]).isEqualTo((float) ((LENGTH - 1.0) / count));
                        weight[i] += corrupted.importance()[i];
                    }
                }
            }
        }
        for (int row = 0; row < ROWS; row++) {
            assertThat(times[row][0]).isZero();
            for (int count = 1; count < LENGTH; count++) {
                assertThat((double) times[row][count] / DRAWS).isCloseTo(1.0 / (LENGTH - 1), within(0.015));
            }
        }
        for (int i = 0; i < weight.length; i++) {
            // E[L/l 1(hidden)] = E[L/l * l/L] = 1; one draw scatters by sqrt(L/l - 1) around it
            assertThat(weight[i] / DRAWS).isCloseTo(i % LENGTH == 0 ? 0 : 1, within(0.12));
        }
    }

    @Test
    void theNumbersOfHiddenTokensAreSpreadOverTheRowsOfABatch() {
        int rows = 20;
        Batch text = TextModel.text(1, rows, LENGTH);
        for (int draw = 0; draw < 50; draw++) {
            boolean[] hidden = hidden(new Absorption(MASK).of(text, Draws.of(7, draw, 0)));
            Set<Integer> counts = new HashSet<>();
            IntStream.range(0, rows).forEach(row -> counts.add(count(hidden, row)));
            assertThat(counts).as("of 20 rows with 20 tokens each, each has another").hasSize(rows);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void prefixesHaveEveryLengthEquallyOftenAndWhatFollowsThemIsAskedFor(long seed) {
        Batch text = TextModel.text(seed, ROWS, LENGTH);
        int[] times = new int[LENGTH + 1];
        for (int draw = 0; draw < DRAWS; draw++) {
            Corrupted corrupted = new PrefixSight(true).of(text, Draws.of(seed, draw, 0));
            List<Integer> lengths = ((Visibility.Prefix) corrupted.sight()).lengths();
            assertThat(corrupted.question().inputs()).isEqualTo(text.inputs());
            for (int i = 0; i < ROWS * LENGTH; i++) {
                int length = lengths.get(i / LENGTH);
                boolean asked = i % LENGTH >= length - 1;
                assertThat(corrupted.question().targets()[i]).isEqualTo(asked ? text.targets()[i] : Batch.IGNORED);
            }
            lengths.forEach(length -> times[length]++);
        }
        for (int length = 1; length <= LENGTH; length++) {
            assertThat((double) times[length] / DRAWS / ROWS).isCloseTo(1.0 / LENGTH, within(0.01));
        }
    }

    @Test
    void whatFillsTheLastBatchUpIsNeitherHiddenNorAskedFor() {
        Batch text = TextModel.shortened(TextModel.text(3, ROWS, LENGTH), 5);
        for (Corruption corruption : List.of(new Masking(0.99, MASK, TextModel.FIRST_SPECIAL), new Absorption(MASK), new PrefixSight(true),
                new PrefixSight(false))) {
            for (int draw = 0; draw < 50; draw++) {
                Corrupted corrupted = corruption.of(text, Draws.of(1, draw, 0));
                boolean[] hidden = hidden(corrupted);
                for (int i = (ROWS - 1) * LENGTH + 5; i < ROWS * LENGTH; i++) {
                    assertThat(hidden[i]).isFalse();
                    assertThat(corrupted.question().targets()[i]).isEqualTo(Batch.IGNORED);
                    assertThat(corrupted.scored()[i]).isEqualTo(Batch.IGNORED);
                }
            }
        }
    }

    @Test
    void drawsHangOnSeedStepAndMicroBatchAndOnNothingElse() {
        Set<Long> first = new HashSet<>();
        for (long seed = 0; seed < 5; seed++) {
            for (int step = 0; step < 20; step++) {
                for (int microStep = 0; microStep < 5; microStep++) {
                    first.add(Draws.of(seed, step, microStep).nextLong());
                }
            }
        }
        assertThat(first).hasSize(500);
        assertThat(Draws.of(3, 4, 1).nextLong()).isEqualTo(Draws.of(3, 4, 1).nextLong());
        assertThat(Draws.of(TextModel.text(1, 2, 5)).nextLong()).isEqualTo(Draws.of(TextModel.text(1, 2, 5)).nextLong())
                .isNotEqualTo(Draws.of(TextModel.text(2, 2, 5)).nextLong());
    }
}
