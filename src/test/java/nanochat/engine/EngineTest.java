package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.engine.Sample.End;
import nanochat.engine.kernel.Rows;
import nanochat.engine.kernel.VectorProduct;
import nanochat.engine.kernel.Workers;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Generation with the cache, in batches, against [NaiveGpt], which computes everything anew; and against itself alone, bit for bit.
class EngineTest {
    /// Windows of 128 in two of three layers, a value embedding in two, grouped heads, sizes that fill no vector.
    private static final GptConfig MODEL = new GptConfig(512, 150, 3, 3, 1, 36, "SSL", GptConfig.Generation.G2026_07);
    private static final GptConfig OLDER = new GptConfig(256, 150, 2, 2, 2, 40, "L", GptConfig.Generation.G2025_11);

    private final Workers workers = new Workers(3);

    @AfterEach
    void stopWorkers() {
        workers.close();
    }

    private Engine engine(GptConfig config, int seed) {
        return TestEngines.of(RandomTensors.weights(config, seed, WeightFormat.F32), workers, 1200);
    }

    private static int[] prompt(GptConfig config, int length, int seed) {
        return new Random(seed).ints(length, 0, config.vocabularySize()).toArray();
    }

    /// What greedy generation from nothing but the naive model would have chosen: by induction, the likeliest token after every token of the
    /// text so far.
    private static void assertGreedy(GptConfig config, int seed, int[] prompt, int[] generated) {
        int[] text = IntStream.concat(Arrays.stream(prompt), Arrays.stream(generated)).toArray();
        int[] likeliest = new NaiveGpt(config, new RandomTensors(config, seed)).likeliest(Arrays.copyOf(text, text.length - 1));
        assertThat(generated).containsExactly(Arrays.copyOfRange(likeliest, prompt.length - 1, likeliest.length));
    }

    @ParameterizedTest
    @CsvSource({"1, 30, 1", "2, 5, 2", "64, 3, 3", "65, 70, 4", "128, 10, 5", "200, 40, 6", "530, 3, 7"})
    void greedyTokensAreThoseOfTheNaiveModel(int promptLength, int tokens, int seed) {
        try (Engine engine = engine(MODEL, seed)) {
            int[] prompt = prompt(MODEL, promptLength, seed);
            List<Sample> samples = engine.generate(prompt, 2, Generation.greedy(tokens, Set.of()), ColumnListener.NONE);
            assertThat(samples.get(0).tokens()).hasSize(tokens).containsExactly(samples.get(1).tokens());
            assertGreedy(MODEL, seed, prompt, samples.get(0).tokens());
        }
    }

    @Test
    void theOlderGenerationGivesTheTokensOfTheNaiveModelToo() {
        try (Engine engine = engine(OLDER, 3)) {
            int[] prompt = prompt(OLDER, 90, 3);
            Sample sample = engine.generate(prompt, 1, Generation.greedy(20, Set.of()), ColumnListener.NONE).getFirst();
            assertGreedy(OLDER, 3, prompt, sample.tokens());
        }
    }

    @ParameterizedTest
    @CsvSource({"F32", "BF16", "INT8"})
    void logitsHaveTheSameBitsPrefilledOrDecodedAloneOrInABatch(WeightFormat format) {
        int[][] texts = {prompt(MODEL, 300, 1), prompt(MODEL, 7, 2), prompt(MODEL, 140, 3), prompt(MODEL, 64, 4), prompt(MODEL, 129, 5),
            prompt(MODEL, 1, 6)};
        try (InferenceGpt gpt = new InferenceGpt(RandomTensors.weights(MODEL, 9, format), workers, 400, new VectorProduct(workers));
                KvCache cache = gpt.newCache()) {
            Sequence[] rows = new Sequence[texts.length];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = cache.newSequence();
                gpt.prefill(rows[i], texts[i], 0, texts[i].length);
            }
            int[] next = {3, 1, 4, 1, 5, 9};
            gpt.decode(rows, next, rows.length);
            List<float[]> together = new ArrayList<>();
            for (int i = 0; i < rows.length; i++) {
                together.add(row(gpt.logits(), i));
            }
            for (int i = 0; i < rows.length; i++) {
                Sequence alone = cache.newSequence();
                for (int token : texts[i]) {
                    gpt.decode(new Sequence[]{alone}, new int[]{token}, 1);
                }
                gpt.decode(new Sequence[]{alone}, new int[]{next[i]}, 1);
                assertThat(row(gpt.logits(), 0)).as("text %s decoded token by token", i).containsExactly(together.get(i));

                Sequence whole = cache.newSequence();
                int[] text = Arrays.copyOf(texts[i], texts[i].length + 1);
                text[texts[i].length] = next[i];
                gpt.prefill(whole, text, 0, text.length);
                assertThat(row(gpt.logits(), 0)).as("text %s prefilled whole", i).containsExactly(together.get(i));
            }
        }
    }

    private static float[] row(Rows logits, int row) {
        float[] values = new float[logits.width()];
        logits.copyRow(row, values);
        return values;
    }

    @Test
    void theNumberOfThreadsChangesNoBit() {
        int[] text = prompt(MODEL, 200, 8);
        float[][] logits = new float[2][];
        for (int threads = 1; threads <= 2; threads++) {
            try (Workers team = new Workers(threads);
                    InferenceGpt gpt = new InferenceGpt(RandomTensors.weights(MODEL, 9, WeightFormat.BF16), team, 400, new VectorProduct(
                            team));
                    KvCache cache = gpt.newCache()) {
                gpt.prefill(cache.newSequence(), text, 0, text.length);
                logits[threads - 1] = row(gpt.logits(), 0);
            }
        }
        assertThat(logits[0]).containsExactly(logits[1]);
    }

    @ParameterizedTest
    @CsvSource({"BF16, 0.02", "INT8, 0.04", "INT4, 0.4"})
    void smallerFormatsStayCloseToTheNaiveModel(WeightFormat format, double bound) {
        int[] text = prompt(MODEL, 150, 4);
        double[][] expected = new NaiveGpt(MODEL, new RandomTensors(MODEL, 4)).logits(text);
        double[] sums = new double[2];
        try (InferenceGpt gpt = new InferenceGpt(RandomTensors.weights(MODEL, 4, format), workers, 400); KvCache cache = gpt.newCache()) {
            gpt.score(cache.newSequence(), text, (index, logits, row) -> {
                for (int token = 0; token < MODEL.vocabularySize(); token++) {
                    sums[0] += Math.pow(logits.get(row, token) - expected[index][token], 2);
                    sums[1] += Math.pow(expected[index][token], 2);
                }
            });
        }
        assertThat(Math.sqrt(sums[0] / sums[1])).isGreaterThan(0).isLessThan(bound);
    }

    @Test
    void rowsDrawTheirOwnTokensAndTheSameSeedDrawsThemAgain() {
        Generation request = new Generation(12, Sampling.atTemperature(1), 42, Set.of());
        try (Engine engine = engine(MODEL, 5)) {
            int[] prompt = prompt(MODEL, 20, 5);
            List<int[]> first = tokens(engine.generate(prompt, 5, request, ColumnListener.NONE));
            List<int[]> again = tokens(engine.generate(prompt, 5, request, ColumnListener.NONE));
            assertThat(first.stream().map(Arrays::toString).distinct()).hasSize(5);
            assertThat(first.stream().mapToInt(tokens -> tokens[0]).distinct().count()).isGreaterThan(1);
            assertThat(again).usingRecursiveComparison().isEqualTo(first);
            assertThat(tokens(engine.generate(prompt, 2, request, ColumnListener.NONE))).as("rows do not depend on how many there are")
                    .usingRecursiveComparison().isEqualTo(first.subList(0, 2));
        }
    }

    private static List<int[]> tokens(List<Sample> samples) {
        return samples.stream().map(Sample::tokens).toList();
    }

    @Test
    void rowsEndAtTheirOwnStopTokensAndTheOthersGoOnUndisturbed() {
        Sampling sampling = Sampling.atTemperature(2);
        try (Engine engine = engine(MODEL, 6)) {
            int[] prompt = prompt(MODEL, 10, 6);
            List<int[]> free = tokens(
                    engine.generate(prompt, 4, new Generation(40, sampling, 7, Set.of()), ColumnListener.NONE));
            int stop = free.get(1)[3];
            List<Sample> stopped = engine.generate(prompt, 4, new Generation(40, sampling, 7, Set.of(stop)),
                    ColumnListener.NONE);
            for (int row = 0; row < 4; row++) {
                int[] expected = Arrays.stream(free.get(row)).takeWhile(token -> token != stop).toArray();
                assertThat(stopped.get(row).tokens()).containsExactly(expected);
                assertThat(stopped.get(row).end()).isEqualTo(expected.length < 40 ? End.STOPPED : End.LENGTH);
            }
            assertThat(stopped.stream().mapToInt(sample -> sample.tokens().length).distinct().count()).isGreaterThan(1);
        }
    }

    @Test
    void theListenerSeesEveryTokenOfEveryRowAndMayEndAll() {
        try (Engine engine = engine(MODEL, 6)) {
            List<List<Integer>> seen = List.of(new ArrayList<>(), new ArrayList<>());
            List<Sample> samples = engine.generate(prompt(MODEL, 10, 6), 2,
                    new Generation(40, Sampling.atTemperature(1), 1, Set.of()), column -> {
                        for (int row = 0; row < column.rows(); row++) {
                            seen.get(row).add(column.token(row));
                            assertThat(column.sampled(row)).isTrue();
                        }
                        return seen.getFirst().size() < 5;
                    });
            for (int row = 0; row < 2; row++) {
                assertThat(samples.get(row).end()).isEqualTo(End.CANCELLED);
                assertThat(seen.get(row)).hasSize(5)
                        .containsExactlyElementsOf(Arrays.stream(samples.get(row).tokens()).boxed().toList());
            }
        }
    }

    @Test
    void aRowEndsWhenTheContextIsFull() {
        try (Engine engine = TestEngines.of(RandomTensors.weights(MODEL, 1, WeightFormat.F32), workers, 20)) {
            int[] prompt = prompt(MODEL, 15, 1);
            Sample sample = engine.generate(prompt, 1, Generation.greedy(100, Set.of()), ColumnListener.NONE).getFirst();
            assertThat(sample.end()).isEqualTo(End.CONTEXT_FULL);
            assertGreedy(MODEL, 1, prompt, sample.tokens());
            assertThat(sample.tokens()).hasSize(6);
        }
    }

    @Test
    void aContextIsReusedAsFarAsItAgreesWithThePrompt() {
        Generation request = Generation.greedy(15, Set.of());
        try (Engine engine = engine(MODEL, 2)) {
            Sequence context = engine.newContext();
            int[] prompt = prompt(MODEL, 400, 2);
            int[] answer = engine.generate(context, prompt, 1, request, ColumnListener.NONE).getFirst().tokens();
            int[] turn = Stream.of(prompt, answer, prompt(MODEL, 30, 3)).flatMapToInt(Arrays::stream).toArray();
            // the next turn, a retry with another ending, one that goes back beyond what windows keep, one with nothing in common
            int[][] prompts = {turn, Arrays.copyOf(turn, 420), Arrays.copyOf(turn, 90), prompt(MODEL, 50, 99)};
            int[] kept = {414, 419, 0, 0};
            for (int i = 0; i < prompts.length; i++) {
                Sequence trial = context.fork();
                assertThat(trial.keepCommonPrefix(prompts[i])).isEqualTo(kept[i]);
                trial.release();
                int[] reused = engine.generate(context, prompts[i], 1, request, ColumnListener.NONE).getFirst().tokens();
                int[] fresh = engine.generate(prompts[i], 1, request, ColumnListener.NONE).getFirst().tokens();
                assertThat(reused).containsExactly(fresh);
            }
        }
    }

    @Test
    void badPromptsAreRefusedWithAReason() {
        try (Engine engine = engine(MODEL, 2)) {
            Generation request = Generation.greedy(1, Set.of());
            assertThatThrownBy(() -> engine.generate(new int[0], 1, request, ColumnListener.NONE)).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("empty");
            assertThatThrownBy(() -> engine.generate(new int[]{1, 150}, 1, request, ColumnListener.NONE))
                    .isInstanceOf(BadInputException.class).hasMessageContaining("150");
            assertThatThrownBy(() -> engine.generate(new int[1200], 1, request, ColumnListener.NONE)).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("1200");
            assertThatThrownBy(() -> engine.generate(new int[]{1}, 0, request, ColumnListener.NONE)).isInstanceOf(BadInputException.class);
        }
    }
}
