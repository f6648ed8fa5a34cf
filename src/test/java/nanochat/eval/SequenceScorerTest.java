package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import nanochat.engine.InferenceGpt;
import nanochat.eval.SequenceScorer.Choice;
import nanochat.eval.SequenceScorer.Continuation;
import nanochat.eval.SequenceScorer.TokenScores;
import nanochat.tensor.RandomValues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Two oracles: the reference backend's forward pass of every sequence alone (to rounding), and the engine's own pass of every sequence alone,
/// with which a batch must agree bit for bit.
class SequenceScorerTest {
    private static final int VOCABULARY = 50;
    private static final int LIMIT = 300;

    static LongStream seeds() {
        return RandomValues.seeds(3);
    }

    /// Sequences of all lengths; families of them have long beginnings in common, nested in one another, some are repeated.
    private static List<Continuation> continuations(RandomValues random) {
        List<Continuation> all = new ArrayList<>();
        for (int family = 0; family < 6; family++) {
            int[] beginning = random.ids(random.between(1, 150), 0, VOCABULARY);
            for (int branch = 0; branch < 3; branch++) {
                int[] longer = join(beginning, random.ids(random.between(0, 60), 0, VOCABULARY));
                for (int end = 0; end < random.between(1, 4); end++) {
                    int[] tokens = join(longer, random.ids(random.between(0, 40), 0, VOCABULARY));
                    all.add(new Continuation(tokens, random.between(Math.max(1, tokens.length - 30), tokens.length)));
                }
            }
            all.add(all.get(all.size() - random.between(1, 3)));
        }
        return all;
    }

    private static int[] join(int[] first, int[] second) {
        int[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aBatchGivesTheBitsOfEverySequenceAlone(long seed) {
        RandomValues random = new RandomValues(seed);
        List<Continuation> continuations = continuations(random);
        try (SmallModel model = SmallModel.random(seed, VOCABULARY, LIMIT)) {
            for (int tokensPerPass : new int[]{7, 100, InferenceGpt.MAXIMUM_TOKENS}) {
                try (SequenceScorer scorer = new SequenceScorer(model.engine(), tokensPerPass)) {
                    List<TokenScores> scores = scorer.scores(continuations);
                    assertThat(scores).hasSameSizeAs(continuations);
                    for (int i = 0; i < scores.size(); i++) {
                        Continuation continuation = continuations.get(i);
                        TokenScores expected = alone(model.engine(), continuation);
                        assertThat(scores.get(i).losses()).as("sequence %d", i).containsExactly(expected.losses());
                        assertThat(scores.get(i).likeliest()).containsExactly(expected.likeliest());
                    }
                    assertThat(scorer.tokensComputed())
                            .as("common beginnings are computed once")
                            .isLessThan(2 * continuations.stream().mapToLong(continuation -> continuation.tokens().length).sum() / 3);
                }
            }
        }
    }

    /// The losses by a pass over this sequence and no other.
    private static TokenScores alone(InferenceGpt engine, Continuation continuation) {
        int from = continuation.from();
        int[] tokens = continuation.tokens();
        TokenScores scores = new TokenScores(new float[tokens.length - from], new boolean[tokens.length - from]);
        try (var cache = engine.newCache()) {
            engine.score(cache.newSequence(), tokens, (index, logits, row) -> {
                if (index + 1 >= from && index + 1 < tokens.length) {
                    scores.losses()[index + 1 - from] = logits.logSumExp(row) - logits.get(row, tokens[index + 1]);
                    scores.likeliest()[index + 1 - from] = logits.argmax(row) == tokens[index + 1];
                }
            });
        }
        return scores;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void lossesAndFirstChoicesAreThoseOfTheReference(long seed) {
        RandomValues random = new RandomValues(seed);
        try (SmallModel model = SmallModel.random(seed, VOCABULARY, LIMIT);
                SequenceScorer scorer = new SequenceScorer(model.engine())) {
            List<Continuation> continuations = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int[] tokens = random.ids(random.between(2, 40), 0, VOCABULARY);
                int from = random.between(1, tokens.length);
                if (i % 2 == 0) { // a continuation that the model would choose itself
                    for (int at = from; at < tokens.length; at++) {
                        tokens[at] = SmallModel.argmax(model.logits(Arrays.copyOf(tokens, at))[at - 1]);
                    }
                }
                continuations.add(new Continuation(tokens, from));
            }
            List<TokenScores> scores = scorer.scores(continuations);
            for (int i = 0; i < continuations.size(); i++) {
                int[] tokens = continuations.get(i).tokens();
                int from = continuations.get(i).from();
                float[][] logits = model.logits(tokens);
                double sum = 0;
                for (int at = from; at < tokens.length; at++) {
                    double loss = SmallModel.loss(logits[at - 1], tokens[at]);
                    sum += loss;
                    assertThat((double) scores.get(i).losses()[at - from]).isCloseTo(loss, within(2e-5));
                    assertThat(scores.get(i).likeliest()[at - from]).isEqualTo(SmallModel.argmax(logits[at - 1]) == tokens[at]);
                }
                assertThat(scores.get(i).meanLoss()).isCloseTo(sum / (tokens.length - from), within(2e-5));
                assertThat(scores.get(i).allLikeliest()).isEqualTo(i % 2 == 0 || from == tokens.length);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void candidatesHaveTheLogitsAfterTheirPrompt(long seed) {
        RandomValues random = new RandomValues(seed);
        try (SmallModel model = SmallModel.random(seed, VOCABULARY, LIMIT);
                SequenceScorer scorer = new SequenceScorer(model.engine())) {
            int[] beginning = random.ids(30, 0, VOCABULARY);
            List<Choice> choices = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int[] rest = random.ids(random.between(1, 20), 0, VOCABULARY);
                choices.add(new Choice(i % 2 == 0 ? join(beginning, rest) : rest, random.ids(random.between(2, 5), 0, VOCABULARY)));
            }
            List<float[]> logits = scorer.logits(choices);
            for (int i = 0; i < choices.size(); i++) {
                float[] expected = model.logits(choices.get(i).prompt())[choices.get(i).prompt().length - 1];
                for (int candidate = 0; candidate < choices.get(i).candidates().length; candidate++) {
                    assertThat(logits.get(i)[candidate]).isCloseTo(expected[choices.get(i).candidates()[candidate]], within(2e-5f));
                }
            }
        }
    }

    @Test
    void memoryDoesNotGrowWithTheNumberOfSequences() {
        RandomValues random = new RandomValues(5);
        try (SmallModel model = SmallModel.random(5, VOCABULARY, LIMIT);
                SequenceScorer scorer = new SequenceScorer(model.engine())) {
            scorer.scores(families(random, 20));
            long bytes = scorer.cacheBytes();
            scorer.scores(families(random, 200));
            // families differ in length, so the most that was under way at once is not exactly the same
            assertThat(scorer.cacheBytes()).isPositive().isLessThan(bytes + bytes / 2);
        }
    }

    private static List<Continuation> families(RandomValues random, int count) {
        List<Continuation> all = new ArrayList<>();
        for (int family = 0; family < count; family++) {
            int[] beginning = random.ids(random.between(20, 200), 0, VOCABULARY);
            for (int branch = 0; branch < 4; branch++) {
                all.add(new Continuation(join(beginning, random.ids(random.between(1, 20), 0, VOCABULARY)), beginning.length));
            }
        }
        return all;
    }

    @Test
    void nothingToScoreIsNoWork() {
        try (SmallModel model = SmallModel.random(1, VOCABULARY, LIMIT);
                SequenceScorer scorer = new SequenceScorer(model.engine())) {
            assertThat(scorer.scores(List.of())).isEmpty();
            TokenScores nothing = scorer.scores(List.of(new Continuation(new int[]{1, 2, 3}, 3))).getFirst();
            assertThat(nothing.losses()).isEmpty();
            assertThat(nothing.meanLoss()).isNaN();
            assertThat(scorer.tokensComputed()).isZero();
        }
    }

    @Test
    void aSequenceLongerThanTheEngineTakesIsRefused() {
        try (SmallModel model = SmallModel.random(1, VOCABULARY, LIMIT);
                SequenceScorer scorer = new SequenceScorer(model.engine())) {
            Continuation longest = new Continuation(new int[LIMIT + 1], 1);
            assertThat(scorer.scores(List.of(longest)).getFirst().losses()).hasSize(LIMIT);
            assertThatThrownBy(() -> scorer.scores(List.of(new Continuation(new int[LIMIT + 2], 1))))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("at most " + LIMIT);
        }
    }
}
