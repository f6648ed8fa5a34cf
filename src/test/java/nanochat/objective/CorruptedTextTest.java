package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Visibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Objectives on corrupted text. Oracles: the formulas by plain loops on the reference backend, central differences.
class CorruptedTextTest {
    private static final int ROWS = 3;
    private static final int LENGTH = 11;

    static Stream<Arguments> objectives() {
        return Stream.of(new ObjectiveChoice.OfMasked(0.3), new ObjectiveChoice.OfPrefix(), new ObjectiveChoice.OfUl2(),
                new ObjectiveChoice.OfDiffusion(), new ObjectiveChoice.OfGaussianDiffusion())
                .flatMap(choice -> RandomValues.seeds(2).mapToObj(seed -> Arguments.of(choice, seed)));
    }

    private static double plain(ObjectiveChoice choice, TextModel model, Batch text, long seed, int step) {
        PlainLosses plain = new PlainLosses(model);
        return switch (choice) {
            case ObjectiveChoice.OfMasked(double rate) -> plain.masked(text, new Masking(rate, TextModel.VOCABULARY,
                    TextModel.FIRST_SPECIAL)
                    .of(text, Draws.of(seed, step, 0)));
            case ObjectiveChoice.OfDiffusion _ -> plain.diffusion(text, new Absorption(TextModel.VOCABULARY).of(text, Draws.of(seed, step,
                    0)));
            case ObjectiveChoice.OfGaussianDiffusion _ -> plain.gaussian(NoisyText.of(text.inputs(), new Noising(TextModel.VOCABULARY)
                    .question(text),
                    new GaussianNoise(TextModel.VOCABULARY), NoisyText.Levels.MIXED, Draws.of(seed, step, 0)));
            case ObjectiveChoice.OfPrefix _ -> plain.prefix(text, ((Visibility.Prefix) new PrefixSight(true).of(text, Draws.of(seed, step,
                    0))
                    .sight()).lengths());
            case ObjectiveChoice.OfUl2 _ -> {
                Corrupted asked = new Denoising(new Ul2Tokens(TextModel.VOCABULARY), true).of(text, Draws.of(seed, step, 0));
                yield plain.following(asked.question(), ((Visibility.Prefix) asked.sight()).lengths());
            }
            case ObjectiveChoice.OfNextToken _,ObjectiveChoice.OfMultiToken _,ObjectiveChoice.OfJepa _,ObjectiveChoice.OfNextTokenJepa _,ObjectiveChoice.OfBlockDiffusion _ ->
                throw new IllegalArgumentException("hides nothing");
        };
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void theLossOfAStepIsItsFormula(ObjectiveChoice choice, long seed) {
        Batch text = TextModel.text(seed, ROWS, LENGTH);
        // scores of a token that is well seen are in the hundreds
        double rounding = choice instanceof ObjectiveChoice.OfGaussianDiffusion ? 1e-4 : 1e-5;
        try (TextModel model = new TextModel(Device.CPU, choice, ROWS, LENGTH).drawn(seed);
                TextModel reference = new TextModel(Device.REFERENCE, choice, ROWS, LENGTH).drawn(seed)) {
            Objective objective = model.objective(seed);
            for (int step : new int[]{0, 5, 17}) {
                assertThat(ObjectiveGradients.loss(objective, text, step)).as("step %d", step).isCloseTo(plain(choice, reference, text,
                        seed, step), within(rounding));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void theGradientIsThatOfCentralDifferencesAndOfTheReference(ObjectiveChoice choice, long seed) {
        ObjectiveGradients.areThoseOfCentralDifferencesAndOfTheReference(choice, seed, ROWS, LENGTH, 1e-4f);
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void aStepOfSeveralMicroBatchesIsTheirMeanAndHangsOnTheStepAlone(ObjectiveChoice choice, long seed) {
        List<Batch> texts = IntStream.range(0, 3).mapToObj(i -> TextModel.text(seed + i, ROWS, LENGTH)).toList();
        try (TextModel model = new TextModel(Device.CPU, choice, ROWS, LENGTH).drawn(seed);
                TextModel resumed = new TextModel(Device.CPU, choice, ROWS, LENGTH).drawn(seed)) {
            Objective objective = model.objective(seed);
            ObjectiveGradients.loss(objective, texts.get(0), 3);
            objective.losses(texts.get(1));
            model.takeGradients();
            Objective later = resumed.objective(seed);
            for (Objective each : List.of(objective, later)) {
                each.beginStep(4);
                texts.forEach(text -> each.addGradients(text, 3));
            }
            assertThat(objective.takeLoss()).isEqualTo(later.takeLoss());
            Map<String, float[]> gradient = model.takeGradients();
            resumed.takeGradients().forEach((name, values) -> assertThat(gradient.get(name)).as(name).isEqualTo(values));

            double first = ObjectiveGradients.loss(objective, texts.get(0), 4);
            objective.beginStep(4);
            texts.forEach(_ -> objective.addGradients(texts.get(0), 3));
            assertThat(objective.takeLoss()).as("micro-batches of one step hide something else").isNotEqualTo(first);
        }
    }

    /// What a measurement tells of a token, and that it tells the same again.
    @ParameterizedTest
    @MethodSource("objectives")
    void measuringTellsTheSameAgainAndChangesNoGradient(ObjectiveChoice choice, long seed) {
        Batch text = TextModel.shortened(TextModel.text(seed, ROWS, LENGTH), 4);
        try (TextModel model = new TextModel(Device.CPU, choice, ROWS, LENGTH).drawn(seed)) {
            Objective objective = model.objective(seed);
            float[] losses = objective.losses(text).clone();
            int[] scored = objective.scored(text);
            ObjectiveGradients.loss(objective, TextModel.text(9, ROWS, LENGTH), 1);
            model.takeGradients();
            assertThat(objective.losses(text)).isEqualTo(losses);
            assertThat(model.objective(seed + 1).losses(text)).as("whatever the run's seed").isEqualTo(losses);
            model.takeGradients().values().forEach(gradient -> assertThat(gradient).containsOnly(0f));
            for (int i = 0; i < losses.length; i++) {
                assertThat(losses[i] == 0 || scored[i] != Batch.IGNORED).isTrue();
                boolean first = i % LENGTH == 0;
                if (choice instanceof ObjectiveChoice.OfUl2) {
                    assertThat(scored[i]).isIn(first ? Batch.IGNORED : text.targets()[i - 1], Batch.IGNORED); // the mode stands before the text
                    continue;
                }
                int own = choice instanceof ObjectiveChoice.OfPrefix ? text.targets()[i] : first ? Batch.IGNORED : text.inputs()[i];
                assertThat(scored[i]).isIn(own, Batch.IGNORED);
            }
        }
    }

    /// A prefix of one token leaves everything after it to be read from left to right: bits per byte are exact.
    @Test
    void aPrefixModelIsMeasuredAsOneThatReadsFromLeftToRight() {
        Batch text = TextModel.text(5, ROWS, LENGTH);
        try (TextModel model = new TextModel(Device.CPU, new ObjectiveChoice.OfPrefix(), ROWS, LENGTH).drawn(5)) {
            Objective causal = new NextToken(new Gpt(model.parameters, LENGTH, false, _ -> new Visibility.Causal(LENGTH)), model.tape, ROWS,
                    LENGTH);
            assertThat(model.objective(5).losses(text)).containsExactly(causal.losses(text), within(1e-5f));
            assertThat(model.objective(5).scored(text)).isEqualTo(text.targets());
        }
    }

    /// Oracle: the likeliest token of the reference, seen by a position that sees the prefix in both directions.
    @Test
    void aPrefixIsContinuedByWhatIsLikeliestAfterIt() {
        ObjectiveChoice choice = new ObjectiveChoice.OfPrefix();
        try (TextModel model = new TextModel(Device.CPU, choice, 1, LENGTH).drawn(3);
                TextModel reference = new TextModel(Device.REFERENCE, choice, 1, LENGTH).drawn(3)) {
            int[] prefix = {TextModel.BOS, 4, 17, 9};
            int[] expected = prefix;
            for (int i = 0; i < 3; i++) {
                int[] text = expected;
                PlainLosses.Surprise surprise = new PlainLosses(reference).surprise(text, new Visibility.Prefix(List.of(prefix.length)));
                int likeliest = IntStream.range(0, TextModel.VOCABULARY).boxed().min(Comparator.comparingDouble(token -> surprise.at(
                        text.length
                                - 1, token))).orElseThrow();
                expected = IntStream.concat(Arrays.stream(text), IntStream.of(likeliest)).toArray();
            }
            PrefixContinuation continuation = new PrefixContinuation(choice, model.parameters, DType.F32, LENGTH);
            assertThat(continuation.likeliest(prefix, 3, -1)).isEqualTo(Arrays.copyOfRange(expected, 4, 7));
            assertThat(continuation.likeliest(prefix, 3, expected[5])).as("up to the token that ends it").isEqualTo(
                    expected[4] == expected[5]
                            ? new int[0]
                            : new int[]{expected[4]});
            assertThat(continuation.likeliest(prefix, 100, -1)).as("no longer than a text can be").hasSize(LENGTH - 4);
        }
    }
}
