package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.engine.kernel.Workers;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What requests leave for others that begin alike: it changes no token, it is where it should be, and it never stays longer than it may.
@Timeout(120)
class PrefixSharingTest {
    /// Windows of 128 in one of two layers; a page has 64 positions of one layer.
    private static final GptConfig MODEL = new GptConfig(512, 90, 2, 2, 1, 32, "SL", GptConfig.Generation.G2026_07);
    private static final int LONGEST = 900;
    private static final long PAGE_BYTES = 4L * 64 * (16 + 64);
    private static final Optional<String> ALL = Optional.of("all");

    private final Workers workers = new Workers(2);
    private final EngineWeights weights = RandomTensors.weights(MODEL, 7, WeightFormat.F32);
    private final Engine own = TestEngines.of(weights, workers, LONGEST);
    private final Engine engine = TestEngines.of(weights, workers, LONGEST);

    @AfterEach
    void close() {
        own.close();
        engine.close();
        workers.close();
    }

    private static int[] words(long seed, int length) {
        return new Random(seed).ints(length, 0, MODEL.vocabularySize()).toArray();
    }

    private static int[] join(int[]... parts) {
        return Stream.of(parts).flatMapToInt(IntStream::of).toArray();
    }

    private static Generation request(int tokens) {
        return new Generation(tokens, Sampling.atTemperature(1), 3, Set.of(5));
    }

    /// What a request has generated, and how much of its prompt was there already.
    private final class Asked implements ColumnListener {
        private final int[] prompt;
        private final int samples;
        private final Generation generation;
        private final Request request;
        private int reused;
        private int columnsLeft;

        Asked(ContinuousBatch batch, int[] prompt, int samples, Generation generation, Optional<String> scope, int columns) {
            this.prompt = prompt;
            this.samples = samples;
            this.generation = generation;
            this.columnsLeft = columns;
            this.request = batch.submit(prompt, samples, 0, generation, scope, this);
        }

        @Override
        public boolean accept(Column column) {
            reused = column.reusedTokens();
            return columnsLeft-- > 0;
        }

        /// Those that were not cut short are what an engine gives that has never seen anything else.
        void check() {
            assertThat(request.isDone()).isTrue();
            List<Sample> expected = own.generate(prompt, samples, generation, ColumnListener.NONE);
            for (int i = 0; i < request.samples().size(); i++) {
                int[] tokens = request.samples().get(i).tokens();
                assertThat(expected.get(i).tokens()).as("prompt of %s, %s reused", prompt.length, reused).startsWith(tokens);
                if (request.samples().get(i).end() != Sample.End.CANCELLED) {
                    assertThat(tokens).hasSameSizeAs(expected.get(i).tokens());
                }
            }
        }
    }

    private Asked ask(int[] prompt, Optional<String> scope) {
        try (ContinuousBatch batch = engine.newBatch(4, 100)) {
            Asked asked = new Asked(batch, prompt, 1, request(20), scope, Integer.MAX_VALUE);
            while (batch.step()) {
                // until it is done
            }
            asked.check();
            return asked;
        }
    }

    @ParameterizedTest
    @CsvSource({"1,100000,64", "2,100000,200", "3,60,100", "4,40,64", "5,30,512", "6,24,30"})
    void inAnyOrderTokensAreTheSameAndNoPageIsLost(long seed, int pages, int promptTokensPerStep) {
        Random random = new Random(seed);
        int[] common = words(99, 700);
        List<int[]> known = new ArrayList<>(List.of(common));
        List<Asked> asked = new ArrayList<>();
        Set<Asked> gone = new HashSet<>();
        try (Engine limited = TestEngines.of(weights, workers, LONGEST, pages * PAGE_BYTES);
                ContinuousBatch batch = limited.newBatch(1 + random.nextInt(6), promptTokensPerStep)) {
            for (int step = 0, left = 25; left > 0 || batch.step(); step++) {
                if (left > 0 && random.nextInt(4) == 0) {
                    int[] base = known.get(random.nextInt(known.size()));
                    int[] prompt = join(IntStream.of(base).limit(1 + random.nextInt(base.length)).toArray(),
                            words(random.nextInt(3), random.nextInt(70)));
                    Generation generation = request(1 + random.nextInt(90));
                    int samples = 1 + random.nextInt(2);
                    if (prompt.length < LONGEST && fits(limited, prompt, samples, generation)) {
                        asked.add(new Asked(batch, prompt, samples, generation,
                                random.nextInt(5) == 0 ? Optional.empty() : Optional.of("scope " + random.nextInt(2)),
                                random.nextInt(4) == 0 ? random.nextInt(20) : Integer.MAX_VALUE));
                        known.add(prompt);
                        left--;
                    }
                } else if (left > 0) {
                    batch.step();
                }
                assertThat(limited.cacheBytes()).isLessThanOrEqualTo(limited.mostCacheBytes());
                asked.stream().filter(each -> each.request.isDone() && !each.request.samples().isEmpty() && gone.add(each))
                        .forEach(each -> known.add(join(each.prompt, each.request.samples().getFirst().tokens())));
            }
            asked.forEach(Asked::check);
            assertThat(asked).as("some begin as others did").anyMatch(each -> each.reused > 0);
            assertThat(limited.reservedCacheBytes()).isZero();
            assertThat(limited.cachePages()).as("pages of what is over").isZero();
            assertThat(limited.keptCachePages()).isPositive();
            limited.forgetKept();
            assertThat(limited.keptCachePages()).isZero();
            assertThat(limited.cachePages()).isZero();
        }
    }

    private static boolean fits(Engine engine, int[] prompt, int samples, Generation generation) {
        try {
            engine.check(prompt, samples, generation);
            return true;
        } catch (BadInputException tooMuch) {
            return false;
        }
    }

    @Test
    void aTurnReadsOnlyWhatIsNew() {
        int[] first = words(1, 150);
        Asked asked = ask(first, ALL);
        assertThat(asked.reused).isZero();
        int[] answer = asked.request.samples().getFirst().tokens();
        Asked second = ask(join(first, answer, words(2, 30)), ALL);
        assertThat(second.reused).as("but for the last token, which nothing had followed").isEqualTo(150 + answer.length - 1);
    }

    @Test
    void aPromptThatBeginsAlikeGoesOnWhereItDiffersHoweverLongTheOtherIs() {
        int[] common = words(1, 830);
        ask(common, ALL);
        for (int length : new int[]{800, 640, 555, 320, 200, 100, 64}) {
            Asked asked = ask(join(IntStream.of(common).limit(length).toArray(), new int[]{common[length] ^ 1}, words(length, 9)), ALL);
            assertThat(asked.reused).as("of %s", length).isEqualTo(length);
        }
        assertThat(ask(common, ALL).reused).as("the last token has to be run").isEqualTo(829);
    }

    @Test
    void whatIsBeingAnsweredServesOthersAlready() {
        int[] common = words(1, 128);
        try (ContinuousBatch batch = engine.newBatch(4, 200)) {
            Asked first = new Asked(batch, join(common, words(2, 20)), 2, request(60), ALL, Integer.MAX_VALUE);
            batch.step();
            Asked second = new Asked(batch, join(common, words(3, 20)), 2, request(60), ALL, Integer.MAX_VALUE);
            batch.step();
            assertThat(second.reused).isEqualTo(128);
            while (batch.step()) {
                // until both are done
            }
            first.check();
            second.check();
        }
    }

    @Test
    void scopesKnowNothingOfEachOtherAndNoScopeKeepsNothing() {
        int[] prompt = words(1, 200);
        ask(prompt, Optional.empty());
        assertThat(engine.keptCachePages()).isZero();
        ask(prompt, Optional.of("one"));
        Map<String, Integer> reused = new HashMap<>();
        for (String scope : List.of("another", "one")) {
            reused.put(scope, ask(prompt, Optional.of(scope)).reused);
        }
        assertThat(reused).containsEntry("another", 0).containsEntry("one", 199);
        assertThat(ask(prompt, Optional.empty()).reused).isZero();
    }

    @Test
    void sayingTheSameAgainAndAgainKeepsItOnce() {
        ask(words(1, 200), ALL);
        long pages = engine.keptCachePages();
        for (int i = 0; i < 5; i++) {
            ask(words(1, 200), ALL);
        }
        assertThat(engine.keptCachePages()).isEqualTo(pages);
    }

    @Test
    void otherWeightsForgetEverything() {
        ask(words(1, 200), ALL);
        engine.reload(new RandomTensors(MODEL, 8));
        assertThat(engine.keptCachePages()).isZero();
    }
}
