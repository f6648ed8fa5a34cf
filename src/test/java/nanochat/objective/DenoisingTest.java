package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import nanochat.data.Batch;
import nanochat.objective.Denoiser.Mode;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Visibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// UL2's mixture. Oracles: the text itself, which has to come out when every span is put back; the shares of the paper's table, over replayable draws.
class DenoisingTest {
    private static final int ROWS = 4;
    private static final Ul2Tokens TOKENS = new Ul2Tokens(TextModel.VOCABULARY);

    static LongStream seeds() {
        return RandomValues.seeds(3);
    }

    /// A row as it was asked.
    private record Question(Mode mode, int[] prefix, int[] targets) {
        static Question of(Corrupted corrupted, int row) {
            int length = corrupted.question().length();
            int size = ((Visibility.Prefix) corrupted.sight()).lengths().get(row);
            int[] inputs = Arrays.copyOfRange(corrupted.question().inputs(), row * length, (row + 1) * length);
            int[] targets = Arrays.copyOfRange(corrupted.question().targets(), row * length, (row + 1) * length);
            assertThat(IntStream.range(0, size - 1).filter(i -> targets[i] != Batch.IGNORED)).as("inside the prefix").isEmpty();
            int[] asked = Arrays.stream(targets, size - 1, length).takeWhile(token -> token != Batch.IGNORED).toArray();
            assertThat(Arrays.stream(targets, size - 1 + asked.length, length)).containsOnly(IntStream.range(size - 1 + asked.length,
                    length)
                    .mapToObj(_ -> Batch.IGNORED).toArray(Integer[]::new));
            for (int i = 1; i < asked.length; i++) {
                assertThat(inputs[size + i - 1]).as("what was predicted is read next").isEqualTo(asked[i - 1]);
            }
            Mode mode = Arrays.stream(Mode.values()).filter(each -> TOKENS.mode(each) == inputs[0]).findFirst().orElseThrow();
            return new Question(mode, Arrays.copyOfRange(inputs, 1, size), asked);
        }

        /// The text with every span where its sentinel stands.
        int[] restored() {
            if (mode == Mode.S) {
                return IntStream.concat(Arrays.stream(prefix), Arrays.stream(targets)).toArray();
            }
            Map<Integer, List<Integer>> spans = new HashMap<>();
            List<Integer> span = new ArrayList<>();
            for (int token : targets) {
                if (token >= TOKENS.first()) {
                    span = new ArrayList<>();
                    spans.put(token, span);
                } else {
                    span.add(token);
                }
            }
            assertThat(spans.get(TOKENS.sentinel(spans.size() - 1))).as("the last sentinel ends").isEmpty();
            return Arrays.stream(prefix).flatMap(token -> token >= TOKENS.first()
                    ? spans.get(token).stream().mapToInt(Integer::intValue)
                    : IntStream.of(token)).toArray();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 9, 31, 200, 1500})
    void everyTokenIsReadOrAskedForAndTheTextComesOutOfBoth(int length) {
        Batch text = TextModel.text(length, ROWS, length);
        Set<Mode> modes = new HashSet<>();
        for (int draw = 0; draw < 60; draw++) {
            Corrupted corrupted = new Denoising(TOKENS, true).of(text, Draws.of(3, draw, 0));
            for (int row = 0; row < ROWS; row++) {
                Question question = Question.of(corrupted, row);
                modes.add(question.mode);
                int[] restored = question.restored();
                assertThat(restored).isEqualTo(Arrays.copyOfRange(text.inputs(), row * length, row * length + restored.length));
                assertThat(question.targets).isNotEmpty();
                int spans = (int) Arrays.stream(question.prefix).filter(token -> token >= TOKENS.first()).count();
                assertThat(spans).isLessThan(Ul2Tokens.SENTINELS);
                assertThat(restored.length + 2 * spans).as("nothing is left out that had room").isGreaterThanOrEqualTo(length - 4);
            }
        }
        assertThat(modes).containsExactlyInAnyOrder(Mode.values());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsHiddenHasTheSharesOfTheTable(long seed) {
        int length = 300;
        Batch text = TextModel.text(seed, ROWS, length);
        Map<Integer, Integer> times = new HashMap<>();
        double predicted = 0;
        int draws = 1500;
        for (int draw = 0; draw < draws; draw++) {
            Corrupted corrupted = new Denoising(TOKENS, true).of(text, Draws.of(seed, draw, 0));
            predicted += corrupted.question().validTargets();
            for (int row = 0; row < ROWS; row++) {
                Question question = Question.of(corrupted, row);
                int whole = question.restored().length;
                double hidden = Arrays.stream(question.targets).filter(token -> token < TOKENS.first()).count();
                int spans = (int) Arrays.stream(question.prefix).filter(token -> token >= TOKENS.first()).count();
                times.merge(question.mode == Mode.S ? -1 : spans, 1, Integer::sum);
                if (question.mode == Mode.R) {
                    assertThat(hidden / whole).isCloseTo(0.15, within(0.01));
                } else if (question.mode == Mode.X) {
                    assertThat(hidden / whole).satisfiesAnyOf(share -> assertThat(share).isCloseTo(0.15, within(0.01)),
                            share -> assertThat(share).isCloseTo(0.5, within(0.01)));
                }
            }
        }
        assertThat(predicted / draws / ROWS / length).isCloseTo(new ObjectiveChoice.OfUl2().predictedShare(), within(0.01));
        assertThat(times).as("seven denoisers differ in their spans").hasSize(7);
        times.values().forEach(count -> assertThat(count / (double) draws / ROWS).isCloseTo(1.0 / 7, within(0.03)));
    }

    @Test
    void aModelIsMeasuredInModeSOnEveryTokenButTheFirst() {
        Batch text = TextModel.shortened(TextModel.text(4, ROWS, 20), 6);
        Corrupted corrupted = new Denoising(TOKENS, false).of(text, Draws.of(text));
        for (int row = 0; row < ROWS; row++) {
            Question question = Question.of(corrupted, row);
            assertThat(question.mode).isEqualTo(Mode.S);
            assertThat(question.prefix).containsExactly(TextModel.BOS);
            int size = row == ROWS - 1 ? 6 : 20;
            assertThat(question.targets).isEqualTo(Arrays.copyOfRange(text.inputs(), row * 20 + 1, row * 20 + size));
        }
    }

    /// Oracle: the same model asked by hand, the mode before the prompt, sentinels left out.
    @Test
    void aPromptIsContinuedInModeS() {
        ObjectiveChoice choice = new ObjectiveChoice.OfUl2();
        try (TextModel model = new TextModel(Device.CPU, choice, 1, 12).drawn(3);
                TextModel reference = new TextModel(Device.REFERENCE, choice, 1, 12).drawn(3)) {
            int[] prompt = {TextModel.BOS, 4, 17, 9};
            int[] text = IntStream.concat(IntStream.of(TOKENS.mode(Mode.S)), Arrays.stream(prompt)).toArray();
            for (int i = 0; i < 3; i++) {
                int last = text.length - 1;
                PlainLosses.Surprise surprise = new PlainLosses(reference).surprise(text, new Visibility.Prefix(List.of(5)));
                int likeliest = IntStream.range(0, TextModel.VOCABULARY).reduce((best, token) -> surprise.at(last, token) < surprise.at(
                        last,
                        best) ? token : best).orElseThrow();
                text = IntStream.concat(Arrays.stream(text), IntStream.of(likeliest)).toArray();
            }
            assertThat(new PrefixContinuation(choice, model.parameters, DType.F32, 11).likeliest(prompt, 3, -1)).isEqualTo(Arrays
                    .copyOfRange(
                            text, 5, 8));
        }
    }
}
