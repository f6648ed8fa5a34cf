package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import nanochat.engine.kernel.Workers;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Prompts that are read piece by piece, and memory that is short: the tokens are those of an engine that has all the time and memory.
class PromptTurnsTest {
    /// Windows of 128 in one of two layers; a page has 64 positions of one layer.
    private static final GptConfig MODEL = new GptConfig(512, 90, 2, 2, 1, 32, "SL", GptConfig.Generation.G2026_07);
    private static final int LONGEST = 900;
    /// Keys of one head of 16 channels and its values, filled up to 64.
    private static final long PAGE_BYTES = 4L * 64 * (16 + 64);

    private final Workers workers = new Workers(2);
    private final EngineWeights weights = RandomTensors.weights(MODEL, 7, WeightFormat.F32);
    private final Engine ample = TestEngines.of(weights, workers, LONGEST);

    @AfterEach
    void close() {
        ample.close();
        workers.close();
    }

    private Engine withPages(int pages) {
        return TestEngines.of(weights, workers, LONGEST, pages * PAGE_BYTES);
    }

    private static int[] words(long seed, int length) {
        return new Random(seed).ints(length, 0, MODEL.vocabularySize()).toArray();
    }

    private List<Sample> expected(int[] prompt, int samples, Generation request) {
        return ample.generate(prompt, samples, request, ColumnListener.NONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 100, 512})
    void howManyTokensAStepReadsChangesNoToken(int promptTokens) {
        Generation request = new Generation(25, Sampling.atTemperature(1), 3, Set.of(5));
        List<int[]> prompts = IntStream.of(300, 1, 65, 128, 20).mapToObj(length -> words(length, length)).toList();
        try (ContinuousBatch batch = ample.newBatch(6, promptTokens)) {
            List<Request> asked = prompts.stream().map(prompt -> batch.submit(prompt, 2, request, ColumnListener.NONE)).toList();
            while (batch.step()) {
                // until all are done
            }
            for (int i = 0; i < asked.size(); i++) {
                assertThat(asked.get(i).samples()).as("prompt %s", i).usingRecursiveComparison()
                        .isEqualTo(expected(prompts.get(i), 2, request));
            }
        }
    }

    @Test
    void neitherRowsUnderWayNorShortPromptsWaitForALongOne() {
        Generation request = Generation.greedy(40, Set.of());
        try (ContinuousBatch batch = ample.newBatch(4, 64)) {
            Request underWay = batch.submit(words(1, 10), 1, request, ColumnListener.NONE);
            batch.step();
            Request longOne = batch.submit(words(2, 640), 1, request, ColumnListener.NONE);
            Request shortOne = batch.submit(words(3, 20), 1, request, ColumnListener.NONE);
            for (int step = 2; step <= 10; step++) {
                batch.step();
                assertThat(underWay.samples().getFirst().tokens()).as("a token in every step").hasSize(step);
            }
            assertThat(shortOne.samples().getFirst().tokens()).hasSizeGreaterThan(6);
            assertThat(longOne.samples()).as("still being read").isEmpty();
            while (batch.step()) {
                // until all are done
            }
            assertThat(longOne.samples()).usingRecursiveComparison().isEqualTo(expected(words(2, 640), 1, request));
            assertThat(shortOne.samples()).usingRecursiveComparison().isEqualTo(expected(words(3, 20), 1, request));
        }
    }

    @Test
    void equallyLongPromptsAreReadInTurn() {
        try (ContinuousBatch batch = ample.newBatch(2, 64)) {
            List<Request> asked = List.of(batch.submit(words(1, 128), 1, Generation.greedy(9, Set.of()), ColumnListener.NONE),
                    batch.submit(words(2, 128), 1, Generation.greedy(9, Set.of()), ColumnListener.NONE));
            for (int step = 1; step <= 4; step++) {
                batch.step();
                assertThat(asked).extracting(request -> request.samples().size()).as("step %s", step)
                        .containsExactly(step < 3 ? 0 : 1, step < 4 ? 0 : 1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 30, 45, 70, 1000})
    void whereMemoryIsShortRequestsWaitAndNothingIsLost(int pages) {
        Generation request = new Generation(60, Sampling.atTemperature(1), 9, Set.of(1, 2));
        List<int[]> prompts = IntStream.range(0, 12).mapToObj(i -> words(i, 1 + 53 * i)).toList();
        try (Engine engine = withPages(pages)) {
            assertThat(engine.mostCacheBytes()).isEqualTo(pages * PAGE_BYTES);
            long others = engine.bytes();
            try (ContinuousBatch batch = engine.newBatch(8, 100)) {
                List<Request> asked = prompts.stream().map(prompt -> batch.submit(prompt, 3, request, ColumnListener.NONE)).toList();
                while (batch.step()) {
                    assertThat(engine.cacheBytes()).isLessThanOrEqualTo(engine.mostCacheBytes());
                }
                for (int i = 0; i < asked.size(); i++) {
                    assertThat(asked.get(i).samples()).as("prompt %s", i).usingRecursiveComparison()
                            .isEqualTo(expected(prompts.get(i), 3, request));
                }
            }
            assertThat(engine.bytes()).isGreaterThan(others);
            assertThat(engine.generateAll(prompts, 3, request, () -> {})).hasSize(12);
        }
    }

    @Test
    void aRequestThatCanNeverFitIsRefusedWithAReason() {
        try (Engine engine = withPages(20)) {
            Generation request = Generation.greedy(300, Set.of());
            assertThatThrownBy(() -> engine.generate(words(1, 590), 1, request, ColumnListener.NONE)).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("590 tokens").hasMessageContaining("cacheBytes");
            assertThatThrownBy(() -> engine.generateAll(List.of(words(1, 10), words(1, 590)), 1, request, () -> {
                throw new IllegalStateException("generated");
            })).isInstanceOf(BadInputException.class);
            assertThat(engine.generate(words(1, 100), 1, request, ColumnListener.NONE)).usingRecursiveComparison()
                    .isEqualTo(expected(words(1, 100), 1, request));
        }
    }

    @Test
    void conversationsThatNobodyGoesOnWithGiveWayAndAreReadAgain() {
        Generation request = Generation.greedy(10, Set.of());
        try (Engine engine = withPages(20)) {
            List<Sequence> contexts = IntStream.range(0, 4).mapToObj(_ -> engine.newContext()).toList();
            int[] reused = new int[1];
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < contexts.size(); i++) {
                    int[] prompt = words(i, 250 + round);
                    List<Sample> answer = engine.generate(contexts.get(i), prompt, 1, request, column -> {
                        reused[0] = column.reusedTokens();
                        return true;
                    });
                    assertThat(answer).usingRecursiveComparison().isEqualTo(expected(prompt, 1, request));
                    assertThat(reused[0]).as("of context %s in round %s", i, round).isZero();
                    assertThat(engine.cacheBytes()).isLessThanOrEqualTo(engine.mostCacheBytes());
                }
            }
            int[] last = words(3, 251);
            engine.generate(contexts.get(3), last, 1, request, column -> {
                reused[0] = column.reusedTokens();
                return true;
            });
            assertThat(reused[0]).as("the newest is still there").isEqualTo(250);
        }
    }

    @Test
    void twoBatchesOfAnEngineDoNotWaitForEachOtherForEver() {
        try (Engine engine = withPages(24); ContinuousBatch first = engine.newBatch(1); ContinuousBatch second = engine.newBatch(1)) {
            first.submit(words(1, 500), 1, Generation.greedy(100, Set.of()), ColumnListener.NONE);
            first.step();
            second.submit(words(2, 500), 1, Generation.greedy(100, Set.of()), ColumnListener.NONE);
            assertThatThrownBy(second::step).isInstanceOf(IllegalStateException.class).hasMessageContaining("another batch");
        }
    }
}
