package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.engine.Generation.Likelihoods;
import nanochat.engine.kernel.Workers;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Decoding with guesses against the same engine without: whatever is guessed, tokens, what is told of them, and what is kept are the same.
class LookaheadTest {
    /// Windows of 128 in two of three layers, value embeddings, grouped heads, sizes that fill no vector.
    private static final GptConfig MODEL = new GptConfig(512, 150, 3, 3, 1, 36, "SSL", GptConfig.Generation.G2026_07);
    private static final GptConfig SMALL = new GptConfig(512, 150, 1, 2, 2, 24, "L", GptConfig.Generation.G2026_07);
    private static final GptConfig OLDER = new GptConfig(256, 150, 2, 2, 2, 40, "L", GptConfig.Generation.G2025_11);

    private final Workers workers = new Workers(2);

    @AfterEach
    void stopWorkers() {
        workers.close();
    }

    private Engine engine(GptConfig config, long seed, WeightFormat format, int context) {
        return TestEngines.of(RandomTensors.weights(config, seed, format), workers, context);
    }

    private static int[] prompt(int length, long seed) {
        return new Random(seed).ints(length, 0, MODEL.vocabularySize()).toArray();
    }

    /// Knows the text, and guesses the token at a position rightly where it is told to.
    private record Knowing(int[] text, int most, IntPredicate isRight) implements Drafter {
        @Override
        public int draft(Sequence read, int next, int[] guesses, int count) {
            int first = read.length() + 1;
            assertThat(IntStream.range(0, first).map(i -> i < first - 1 ? read.token(i) : next).toArray()).containsExactly(Arrays.copyOf(
                    text, first));
            int known = Math.min(count, text.length - first);
            for (int i = 0; i < known; i++) {
                int right = text[first + i];
                guesses[i] = isRight.test(first + i) ? right : (right + 1) % MODEL.vocabularySize();
            }
            return Math.max(0, known);
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void close() {
            // has nothing
        }
    }

    private static int[] join(int[]... parts) {
        return Stream.of(parts).flatMapToInt(Arrays::stream).toArray();
    }

    private static Sample alone(Engine engine, int[] prompt, Generation request) {
        return engine.generate(prompt, 1, request, ColumnListener.NONE).getFirst();
    }

    private static void assertSame(Sample sample, Sample plain) {
        assertThat(sample).usingRecursiveComparison().isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource({"F32, 1, 3, 0", "F32, 70, 1, 1", "BF16, 64, 3, 0", "BF16, 200, 7, 0.7", "INT8, 129, 4, 0", "INT8, 30, 15, 1.5",
        "F32, 420, 5, 0"})
    void tokensAndWhatIsToldOfThemAreThoseOfPlainDecoding(WeightFormat format, int length, int drafted, double temperature) {
        Sampling sampling = new Sampling(temperature, 20, 0.95, 0);
        for (int seed = 1; seed <= 6; seed++) {
            Generation request = new Generation(60 + seed, sampling, seed, Set.of(), true, true, Likelihoods.OF_ANSWER);
            try (Engine engine = engine(MODEL, seed, format, 500)) {
                int[] prompt = prompt(length, seed);
                List<TokenLikelihood> told = new ArrayList<>();
                Sample plain = engine.generate(prompt, 1, request, listening(told)).getFirst();
                Random random = new Random(seed);
                boolean[] right = new boolean[600];
                IntStream.range(0, right.length).forEach(i -> right[i] = random.nextInt(4) > 0);
                engine.draftBy(new Knowing(join(prompt, plain.tokens()), drafted, position -> right[position]));
                List<TokenLikelihood> toldWithGuesses = new ArrayList<>();
                assertSame(engine.generate(prompt, 1, request, listening(toldWithGuesses)).getFirst(), plain);
                assertThat(toldWithGuesses).hasSize(plain.tokens().length).usingRecursiveComparison().isEqualTo(told);
                assertThat(engine.drafts().accepted()).isPositive().isLessThan(engine.drafts().guessed());
            }
        }
    }

    private static ColumnListener listening(List<TokenLikelihood> told) {
        return column -> {
            column.likelihood(0).ifPresent(told::add);
            return true;
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 8})
    void whoIsAlwaysRightSavesPassesAndWhoIsAlwaysWrongNone(int drafted) {
        int tokens = 61;
        Generation request = Generation.greedy(tokens, Set.of());
        try (Engine engine = engine(MODEL, 3, WeightFormat.BF16, 500)) {
            int[] prompt = prompt(50, 3);
            Sample plain = alone(engine, prompt, request);
            engine.draftBy(new Knowing(join(prompt, plain.tokens()), drafted, _ -> true));
            assertSame(alone(engine, prompt, request), plain);
            // the first token comes from the prompt's logits, a pass gives one and those that were guessed
            assertThat(engine.drafts().passes()).isEqualTo(Math.ceilDiv(tokens - 1, 1 + drafted));
            assertThat(engine.drafts().accepted()).isEqualTo(tokens - 1 - engine.drafts().passes());
            engine.draftBy(new Knowing(join(prompt, plain.tokens()), drafted, _ -> false));
            assertSame(alone(engine, prompt, request), plain);
            assertThat(engine.drafts().passes()).isEqualTo(tokens - 1);
            assertThat(engine.drafts().accepted()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 1, 0", "BF16, 3, 1", "INT8, 5, 0"})
    void aSmallerModelDraftsWhateverItThinks(WeightFormat format, int drafted, double temperature) {
        for (int seed = 1; seed <= 3; seed++) {
            Generation request = new Generation(40, Sampling.atTemperature(temperature), seed, Set.of());
            try (Engine engine = engine(MODEL, seed, format, 500); Engine older = engine(OLDER, seed, format, 200)) {
                List<int[]> prompts = List.of(prompt(70, seed), prompt(3, seed), prompt(300, seed + 1));
                List<Sample> plain = prompts.stream().map(prompt -> alone(engine, prompt, request)).toList();
                engine.draftBy(SMALL, new RandomTensors(SMALL, 8), drafted);
                for (int i = 0; i < plain.size(); i++) {
                    assertSame(alone(engine, prompts.get(i), request), plain.get(i));
                }
                engine.draftBy(MODEL, new RandomTensors(MODEL, seed), drafted);
                for (int i = 0; i < plain.size(); i++) {
                    assertSame(alone(engine, prompts.get(i), request), plain.get(i));
                }
                assertThat(engine.drafts().acceptedPerPass()).isGreaterThan(temperature == 0 ? 0.9 * (drafted - 1) : 0);
                Sample plainOlder = alone(older, prompts.getFirst(), request);
                older.draftBy(SMALL, new RandomTensors(SMALL, 8), drafted);
                assertSame(alone(older, prompts.getFirst(), request), plainOlder);
            }
        }
    }

    @Test
    void aRowEndsAtStopTokensLimitsAndTheEndOfTheContextAsWithoutGuesses() {
        try (Engine engine = engine(MODEL, 6, WeightFormat.F32, 80)) {
            int[] prompt = prompt(40, 6);
            Sampling sampling = Sampling.atTemperature(1);
            Sample whole = alone(engine, prompt, new Generation(100, sampling, 5, Set.of()));
            assertThat(whole.end()).isEqualTo(Sample.End.CONTEXT_FULL);
            assertThat(whole.tokens()).hasSize(41);
            for (int drafted : new int[]{1, 3, 6}) {
                for (int limit : new int[]{1, 2, 3, 4, 5, 17, 100}) {
                    for (int stop : new int[]{-1, 0, 1, 2, 3, 9}) {
                        Generation request = new Generation(limit, sampling, 5, stop < 0 ? Set.of() : Set.of(whole.tokens()[stop]));
                        Sample plain;
                        try (Engine other = engine(MODEL, 6, WeightFormat.F32, 80)) {
                            plain = alone(other, prompt, request);
                        }
                        engine.draftBy(new Knowing(join(prompt, whole.tokens()), drafted, _ -> true));
                        assertSame(alone(engine, prompt, request), plain);
                    }
                }
            }
        }
    }

    @Test
    void whatIsKeptIsWhatPlainDecodingKeepsAndTheNextTurnGoesOnFromIt() {
        for (int limit = 20; limit < 40; limit++) {
            Generation request = Generation.greedy(limit, Set.of());
            try (Engine plain = engine(MODEL, 2, WeightFormat.BF16, 900); Engine engine = engine(MODEL, 2, WeightFormat.BF16, 900)) {
                int[] prompt = prompt(400, 2);
                Sequence plainContext = plain.newContext();
                Sequence context = engine.newContext();
                Sample first = plain.generate(plainContext, prompt, 1, request, ColumnListener.NONE).getFirst();
                engine.draftBy(new Knowing(join(prompt, first.tokens(), prompt(20, 4)), 5, position -> position % 3 > 0));
                assertSame(engine.generate(context, prompt, 1, request, ColumnListener.NONE).getFirst(), first);
                assertThat(context.length()).isEqualTo(plainContext.length()).isEqualTo(399 + limit);
                assertThat(context.tokens()).containsExactly(plainContext.tokens());
                assertThat(engine.cachePages()).isEqualTo(plain.cachePages());
                assertThat(engine.reservedCacheBytes()).isZero();
                int[] turn = join(prompt, first.tokens(), prompt(30, 5));
                Sample second = plain.generate(plainContext, turn, 1, request, ColumnListener.NONE).getFirst();
                engine.draftBy(new Knowing(join(turn, second.tokens()), 4, position -> position % 5 > 0));
                assertSame(engine.generate(context, turn, 1, request, ColumnListener.NONE).getFirst(), second);
                engine.release(context);
                assertThat(engine.cachePages()).isZero();
            }
        }
    }

    @Test
    void aListenerMayEndARowInTheMiddleOfWhatWasGuessed() {
        try (Engine engine = engine(MODEL, 6, WeightFormat.F32, 300)) {
            int[] prompt = prompt(10, 6);
            Sample whole = alone(engine, prompt, Generation.greedy(40, Set.of()));
            engine.draftBy(new Knowing(join(prompt, whole.tokens()), 6, _ -> true));
            for (int end = 1; end < 12; end++) {
                Sequence context = engine.newContext();
                List<Integer> seen = new ArrayList<>();
                int most = end;
                Sample sample = engine.generate(context, prompt, 1, Generation.greedy(40, Set.of()), column -> {
                    seen.add(column.token(0));
                    return seen.size() < most;
                }).getFirst();
                assertThat(sample.end()).isEqualTo(Sample.End.CANCELLED);
                assertThat(sample.tokens()).containsExactly(Arrays.copyOf(whole.tokens(), end))
                        .containsExactly(seen.stream().mapToInt(Integer::intValue).toArray());
                assertThat(context.length()).isEqualTo(9 + end);
                engine.release(context);
            }
        }
    }

    /// One row is alone at first and in the end; guesses for it must not be in the way of the others.
    @Test
    void rowsThatComeAndGoHaveTheTokensOfPlainDecoding() {
        List<int[]> prompts = List.of(prompt(30, 1), prompt(90, 2), prompt(5, 3));
        Generation request = new Generation(50, Sampling.atTemperature(0.1), 9, Set.of(7, 8));
        try (Engine engine = engine(MODEL, 4, WeightFormat.F32, 300)) {
            List<List<Sample>> plain = batched(engine, prompts, request);
            engine.draftBy(MODEL, new RandomTensors(MODEL, 4), 3);
            assertThat(batched(engine, prompts, request)).usingRecursiveComparison().isEqualTo(plain);
            assertThat(engine.drafts().accepted()).isPositive();
            assertThat(engine.generateAll(prompts, 2, request, () -> {})).usingRecursiveComparison().isEqualTo(plain(prompts, request));
        }
    }

    private List<List<Sample>> plain(List<int[]> prompts, Generation request) {
        try (Engine engine = engine(MODEL, 4, WeightFormat.F32, 300)) {
            return engine.generateAll(prompts, 2, request, () -> {});
        }
    }

    private static List<List<Sample>> batched(Engine engine, List<int[]> prompts, Generation request) {
        try (ContinuousBatch batch = engine.newBatch(3)) {
            List<Request> asked = new ArrayList<>();
            for (int step = 0; step == 0 || batch.step(); step++) {
                if (step % 11 == 0 && asked.size() < prompts.size()) {
                    asked.add(batch.submit(prompts.get(asked.size()), 1, request, ColumnListener.NONE));
                }
            }
            return asked.stream().map(Request::samples).toList();
        }
    }

    /// Of all texts of three tokens, as many as the model's own probabilities say: chi squared, with 26 degrees of freedom.
    @ParameterizedTest
    @ValueSource(doubles = {1, 0.7})
    void tokensAreDistributedAsTheModelSays(double temperature) {
        GptConfig tiny = new GptConfig(16, 3, 1, 1, 1, 24, "L", GptConfig.Generation.G2026_07);
        int draws = 20_000;
        NaiveGpt naive = new NaiveGpt(tiny, new RandomTensors(tiny, 3));
        Map<List<Integer>, Integer> counts = new HashMap<>();
        try (Engine engine = engine(tiny, 3, WeightFormat.F32, 16)) {
            engine.draftBy(tiny, new RandomTensors(tiny, 4), 2);
            for (int draw = 0; draw < draws; draw++) {
                Sample sample = alone(engine, new int[]{1}, new Generation(3, Sampling.atTemperature(temperature), draw, Set.of()));
                counts.merge(Arrays.stream(sample.tokens()).boxed().toList(), 1, Integer::sum);
            }
            assertThat(engine.drafts().accepted()).isBetween(draws / 10L, 2L * draws);
        }
        double chiSquared = 0;
        for (int text = 0; text < 27; text++) {
            int[] tokens = {1, text / 9, text / 3 % 3, text % 3};
            double[][] logits = naive.logits(tokens);
            double probability = 1;
            for (int i = 0; i < 3; i++) {
                double sum = 0;
                for (double logit : logits[i]) {
                    sum += Math.exp(logit / temperature);
                }
                probability *= Math.exp(logits[i][tokens[i + 1]] / temperature) / sum;
            }
            double expected = draws * probability;
            int counted = counts.getOrDefault(List.of(tokens[1], tokens[2], tokens[3]), 0);
            chiSquared += (counted - expected) * (counted - expected) / expected;
        }
        assertThat(chiSquared).as("1 in 10000 is above 61").isLessThan(61);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "INT8"})
    void newWeightsAreFollowedWhateverDrafts(WeightFormat format) {
        Generation request = Generation.greedy(30, Set.of());
        try (Engine engine = engine(MODEL, 1, format, 200); Engine made = engine(MODEL, 2, format, 200)) {
            engine.draftBy(MODEL, new RandomTensors(MODEL, 1), 3);
            Sequence context = engine.newContext();
            engine.generate(context, prompt(20, 1), 1, request, ColumnListener.NONE);
            engine.reload(new RandomTensors(MODEL, 2));
            assertThat(context.length()).isZero();
            assertSame(engine.generate(context, prompt(20, 1), 1, request, ColumnListener.NONE).getFirst(), alone(made, prompt(20, 1),
                    request));
        }
    }

    @Test
    void whatCannotDraftIsRefused() {
        GptConfig other = new GptConfig(512, 151, 1, 2, 2, 24, "L", GptConfig.Generation.G2026_07);
        try (Engine engine = engine(MODEL, 1, WeightFormat.F32, 100)) {
            assertThatThrownBy(() -> engine.draftBy(other, new RandomTensors(other, 1), 3)).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("151 tokens cannot draft for one of 150");
            assertThatThrownBy(() -> engine.draftBy(SMALL, new RandomTensors(SMALL, 1), 0)).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("From 1 to 15");
        }
        try (Engine engine = engine(MODEL, 1, WeightFormat.INT4, 100)) {
            assertThatThrownBy(() -> engine.draftBy(SMALL, new RandomTensors(SMALL, 1), 3)).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("--weights int8");
        }
    }
}
