package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import nanochat.engine.Sample.End;
import nanochat.engine.kernel.Rows;
import nanochat.engine.kernel.Workers;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Prompts generated together, against the same prompts one by one ([EngineTest] holds those against a model without a cache).
class ContinuousBatchTest {
    /// Windows of 128 in two of three layers, smear, a value embedding in two, grouped heads, sizes that fill no vector.
    private static final GptConfig MODEL = new GptConfig(512, 150, 3, 3, 1, 36, "SSL", GptConfig.Generation.G2026_07);
    private static final List<int[]> PROMPTS = prompts(1, 130, 7, 600, 64, 2, 65, 33, 1, 250);
    /// One in six tokens ends a row, so they end at different times.
    private static final Set<Integer> STOPS = Set.copyOf(IntStream.range(0, 25).boxed().toList());

    private final Workers workers = new Workers(2);
    private final Engine engine = TestEngines.of(RandomTensors.weights(MODEL, 3, WeightFormat.F32), workers, 700);

    @AfterEach
    void close() {
        engine.close();
        workers.close();
    }

    private static List<int[]> prompts(int... lengths) {
        Random random = new Random(11);
        return Arrays.stream(lengths).mapToObj(length -> random.ints(length, 0, MODEL.vocabularySize()).toArray()).toList();
    }

    private List<List<Sample>> oneByOne(Generation request) {
        return PROMPTS.stream().map(prompt -> engine.generate(prompt, 1, request, ColumnListener.NONE)).toList();
    }

    private List<List<Sample>> together(int samples, int mostRows, Generation request) {
        try (Engine rows = TestEngines.of(engine.gpt().weights(), workers, 700, mostRows)) {
            return rows.generateAll(PROMPTS, samples, request, () -> {});
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 50})
    void promptsOfDifferentLengthsGetTheTokensTheyGetAlone(int mostRows) {
        Generation untilTheEnd = Generation.greedy(70, Set.of());
        assertThat(together(1, mostRows, untilTheEnd)).usingRecursiveComparison().isEqualTo(oneByOne(untilTheEnd));
        Generation untilStopped = new Generation(70, Sampling.atTemperature(1.5), 5, STOPS);
        List<List<Sample>> answers = together(1, mostRows, untilStopped);
        assertThat(answers.stream().map(samples -> samples.getFirst().tokens().length).distinct()).hasSizeGreaterThan(3);
        assertThat(answers.getFirst()).usingRecursiveComparison()
                .isEqualTo(engine.generate(PROMPTS.getFirst(), 1, untilStopped, ColumnListener.NONE));
        assertThat(answers).usingRecursiveComparison().isEqualTo(together(1, 2, untilStopped));
    }

    @Test
    void greedyRowsThatStopAtDifferentTimesLeaveTheOthersAsTheyAre() {
        Generation request = Generation.greedy(40, STOPS);
        List<List<Sample>> expected = oneByOne(request);
        assertThat(expected.stream().map(samples -> samples.getFirst().tokens().length).distinct()).hasSizeGreaterThan(2);
        assertThat(together(1, 3, request)).usingRecursiveComparison().isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 7})
    void samplesOfAPromptMayBeMoreThanTheRows(int mostRows) {
        Generation request = new Generation(9, Sampling.atTemperature(1), 8, STOPS);
        List<List<Sample>> answers = together(5, mostRows, request);
        assertThat(answers).allSatisfy(samples -> assertThat(samples).hasSize(5)).usingRecursiveComparison()
                .isEqualTo(together(5, 50, request));
        assertThat(answers.getFirst()).usingRecursiveComparison()
                .isEqualTo(engine.generate(PROMPTS.getFirst(), 5, request, ColumnListener.NONE));
        assertThat(answers.get(1).stream().map(sample -> Arrays.toString(sample.tokens())).distinct()).hasSizeGreaterThan(1);
    }

    @Test
    void memoryDoesNotGrowWithTheNumberOfPrompts() {
        Generation request = Generation.greedy(20, Set.of());
        engine.generateAll(PROMPTS, 1, request, () -> {});
        long bytes = engine.bytes();
        for (int round = 0; round < 5; round++) {
            engine.generateAll(PROMPTS, 1, request, () -> {});
        }
        assertThat(engine.bytes()).isEqualTo(bytes);
    }

    @Test
    void progressIsToldOfEveryPrompt() {
        AtomicInteger told = new AtomicInteger();
        engine.generateAll(PROMPTS, 2, Generation.greedy(3, Set.of()), told::incrementAndGet);
        assertThat(told).hasValue(PROMPTS.size());
    }

    @Test
    void requestsComeAndGoWhileOthersAreUnderWay() {
        Generation request = Generation.greedy(30, Set.of());
        List<List<Sample>> expected = oneByOne(request);
        Sequence context = engine.newContext();
        try (ContinuousBatch batch = engine.newBatch(4)) {
            List<Integer> seen = new ArrayList<>();
            Request first = batch.submit(PROMPTS.get(0), 1, request, column -> seen.add(column.token(0)));
            Request stopped = batch.submit(PROMPTS.get(1), 1, request, column -> false);
            batch.step();
            batch.step();
            assertThat(stopped.isDone()).isTrue();
            assertThat(stopped.samples().getFirst().end()).isEqualTo(End.CANCELLED);
            Request second = batch.submit(context, PROMPTS.get(2), 1, request, ColumnListener.NONE);
            Request cancelled = batch.submit(PROMPTS.get(3), 2, request, ColumnListener.NONE);
            Request third = batch.submit(PROMPTS.get(4), 1, request, ColumnListener.NONE);
            batch.step();
            assertThat(cancelled.samples()).as("its prompt is longer than a step reads").isEmpty();
            batch.step();
            assertThat(third.samples()).as("all rows are taken").isEmpty();
            cancelled.cancel();
            while (batch.step()) {
                assertThat(first.samples().getFirst().tokens()).startsWith(expected.get(0).getFirst().tokens()[0]);
            }
            assertThat(first.samples()).usingRecursiveComparison().isEqualTo(expected.get(0));
            assertThat(seen).containsExactlyElementsOf(Arrays.stream(first.samples().getFirst().tokens()).boxed().toList());
            assertThat(second.samples()).usingRecursiveComparison().isEqualTo(expected.get(2));
            assertThat(third.samples()).usingRecursiveComparison().isEqualTo(expected.get(4));
            assertThat(cancelled.samples()).hasSize(2).allMatch(sample -> sample.tokens().length == 1);
            assertThat(context.length()).as("the caller's context stays").isEqualTo(PROMPTS.get(2).length + 29);
        }
    }

    @Test
    void aRequestCancelledWhileItWaitsNeverBegins() {
        try (ContinuousBatch batch = engine.newBatch(1)) {
            Request waiting = batch.submit(PROMPTS.get(1), 1, Generation.greedy(3, Set.of()), ColumnListener.NONE);
            waiting.cancel();
            assertThat(batch.step()).isFalse();
            assertThat(waiting.isDone()).isTrue();
            assertThat(waiting.samples()).isEmpty();
        }
    }

    @Test
    void whatAListenerThrowsLeavesNoMemoryBehind() {
        Generation request = Generation.greedy(3, Set.of());
        engine.generate(PROMPTS.get(1), 3, request, ColumnListener.NONE);
        long bytes = engine.bytes();
        for (int round = 0; round < 3; round++) {
            assertThatThrownBy(() -> engine.generate(PROMPTS.get(1), 3, request, column -> {
                throw new IllegalStateException("enough");
            })).hasMessage("enough");
        }
        engine.generate(PROMPTS.get(1), 3, request, ColumnListener.NONE);
        assertThat(engine.bytes()).isEqualTo(bytes);
    }

    @Test
    void logitsOfOnePassOverPiecesOfManyTextsAreThoseOfEachText() {
        float[][] together = new float[PROMPTS.size()][];
        try (KvCache cache = engine.gpt().newCache()) {
            List<Sequence> sequences = PROMPTS.stream().map(_ -> cache.newSequence()).toList();
            for (int from = 0; from < 600; from += 50) {
                int start = from;
                List<Integer> longer = IntStream.range(0, PROMPTS.size()).filter(i -> PROMPTS.get(i).length > start).boxed().toList();
                List<InferenceGpt.Stretch> stretches = longer.stream()
                        .map(i -> new InferenceGpt.Stretch(sequences.get(i), PROMPTS.get(i), start, Math.min(start + 50, PROMPTS.get(
                                i).length),
                                PROMPTS.get(i).length - 1))
                        .toList();
                engine.gpt().score(stretches, (stretch, _, logits, row) -> together[longer.get(stretch)] = copy(logits, row));
            }
            for (int i = 0; i < together.length; i++) {
                engine.gpt().prefill(cache.newSequence(), PROMPTS.get(i), 0, PROMPTS.get(i).length);
                assertThat(together[i]).containsExactly(copy(engine.gpt().logits(), 0));
            }
        }
    }

    private static float[] copy(Rows logits, int row) {
        float[] values = new float[logits.width()];
        logits.copyRow(row, values);
        return values;
    }

    @Test
    void oneBadPromptIsRefusedBeforeAnythingIsGenerated() {
        List<int[]> prompts = List.of(PROMPTS.get(0), new int[]{150});
        Runnable never = () -> {
            throw new IllegalStateException("generated");
        };
        assertThatThrownBy(() -> engine.generateAll(prompts, 1, Generation.greedy(1, Set.of()), never))
                .isInstanceOf(BadInputException.class).hasMessageContaining("150");
    }
}
