package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.Batch;
import nanochat.model.Flops;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.optim.MuonAdamW;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ParameterGroups;
import nanochat.optim.ScheduleValues;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Learning in the space of representations. Oracles: the formula by plain loops on the reference backend, central differences, a small language that can
/// be known.
class LatentTest {
    private static final int ROWS = 3;
    private static final int LENGTH = 11;
    private static final ObjectiveChoice ALONE = new ObjectiveChoice.OfJepa(0.4);
    private static final ObjectiveChoice ADDED = new ObjectiveChoice.OfNextTokenJepa(0.4, 0.7);

    static Stream<Arguments> objectives() {
        return Stream.of(ALONE, ADDED).flatMap(choice -> RandomValues.seeds(2).mapToObj(seed -> Arguments.of(choice, seed)));
    }

    /// [N][C], of a model with these weights that sees so.
    private static double[][] hidden(TextModel model, Batch batch, boolean bothDirections) {
        Tensor ids = model.backend.allocate(DType.I32, batch.inputs().length);
        model.backend.write(ids, batch.inputs());
        Variable x = bothDirections
                ? model.gpt.hidden(model.tape, ids, batch.rows(), batch.length(), _ -> new Visibility.BothDirections())
                : model.gpt.hidden(model.tape, ids, batch.rows(), batch.length());
        float[] values = model.backend.read(x.value());
        model.tape.clear();
        int width = values.length / batch.inputs().length;
        return IntStream.range(0, batch.inputs().length).mapToObj(i -> IntStream.range(0, width).mapToDouble(c -> values[i * width + c])
                .toArray()).toArray(double[][]::new);
    }

    /// Mean over hidden i of 1 - x_i . y_i / sqrt(C); y is what the model itself makes of the whole text, as the teacher begins as its copy.
    private static double plain(ObjectiveChoice choice, TextModel model, Batch text, long seed, int step) {
        boolean alone = choice instanceof ObjectiveChoice.OfJepa;
        Corrupted corrupted = choice.asked(text, TextModel.VOCABULARY, seed, step, 0);
        double[][] z = hidden(model, text, alone);
        double[][] x = hidden(model, corrupted.question(), alone);
        int width = z[0].length;
        double[] mean = IntStream.range(0, width).mapToDouble(c -> Arrays.stream(z).mapToDouble(row -> row[c]).average().orElseThrow())
                .toArray();
        double[] deviation = IntStream.range(0, width).mapToDouble(c -> Math.sqrt(Arrays.stream(z).mapToDouble(row -> Math.pow(row[c]
                - mean[c], 2)).average().orElseThrow())).toArray();
        double latent = IntStream.range(0, z.length).filter(i -> corrupted.question().targets()[i] != Batch.IGNORED).mapToDouble(i -> {
            double[] y = IntStream.range(0, width).mapToDouble(c -> (z[i][c] - mean[c]) / deviation[c]).toArray();
            double length = Math.sqrt(Arrays.stream(y).map(value -> value * value).sum());
            return 1 - IntStream.range(0, width).mapToDouble(c -> x[i][c] * y[c]).sum() / length / Math.sqrt(width);
        }).average().orElseThrow();
        return switch (choice) {
            case ObjectiveChoice.OfJepa _ -> latent;
            case ObjectiveChoice.OfNextTokenJepa(double _, double weight) -> {
                NextToken next = new NextToken(model.gpt, model.tape, ROWS, LENGTH);
                float[] losses = next.losses(text);
                yield IntStream.range(0, losses.length).mapToDouble(i -> losses[i]).sum() / text.validTargets() + weight * latent;
            }
            case ObjectiveChoice.OfNextToken _,ObjectiveChoice.OfMasked _,ObjectiveChoice.OfPrefix _,ObjectiveChoice.OfUl2 _,ObjectiveChoice.OfDiffusion _,ObjectiveChoice.OfBlockDiffusion _,ObjectiveChoice.OfGaussianDiffusion _,ObjectiveChoice.OfMultiToken _ ->
                throw new IllegalArgumentException("no teacher");
        };
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void theLossOfAStepIsItsFormula(ObjectiveChoice choice, long seed) {
        Batch text = TextModel.text(seed, ROWS, LENGTH);
        try (TextModel model = new TextModel(Device.CPU, choice, ROWS, LENGTH).drawn(seed);
                TextModel reference = new TextModel(Device.REFERENCE, choice, ROWS, LENGTH).drawn(seed)) {
            Objective objective = model.objective(seed);
            for (int step : new int[]{0, 5}) {
                assertThat(ObjectiveGradients.loss(objective, text, step)).as("step %d", step).isCloseTo(plain(choice, reference, text,
                        seed, step), within(
                                1e-4));
                assertThat(objective.representation().orElseThrow().variance()).isBetween(0.05, 1.0);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void theGradientIsThatOfCentralDifferencesAndOfTheReference(ObjectiveChoice choice, long seed) {
        ObjectiveGradients.areThoseOfCentralDifferencesAndOfTheReference(choice, seed, ROWS, LENGTH, 2e-4f);
    }

    @Test
    void theTeacherFollowsSlowly() {
        try (TextModel model = new TextModel(Device.CPU, ALONE, ROWS, LENGTH).drawn(1)) {
            Objective objective = model.objective(1);
            Map<String, float[]> before = values(model, objective.state());
            assertThat(before.get("teacher.lm_head.weight")).isEqualTo(model.backend.read(model.parameters.lmHead().value()));
            ObjectiveGradients.loss(objective, TextModel.text(1, ROWS, LENGTH), 30);
            model.move(model.takeGradients(), -1);
            objective.afterUpdate();
            Map<String, float[]> after = values(model, objective.state());
            double momentum = 0.996;
            model.parameters.all().forEach(parameter -> {
                float[] own = model.backend.read(parameter.value());
                float[] old = before.get("teacher." + parameter.name());
                float[] expected = new float[own.length];
                for (int i = 0; i < own.length; i++) {
                    expected[i] = (float) (momentum * old[i] + (1 - momentum) * own[i]);
                }
                assertThat(after.get("teacher." + parameter.name())).as(parameter.name()).containsExactly(expected, within(1e-5f));
            });
        }
    }

    private static Map<String, float[]> values(TextModel model, Map<String, Tensor> tensors) {
        Map<String, float[]> values = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> values.put(name, model.backend.read(tensor)));
        return values;
    }

    @Test
    void aRepresentationThatIsTheSameEverywhereAgreesWithNothing() {
        SplittableRandom random = new SplittableRandom(4);
        int positions = 400;
        int width = 8;
        float[] values = new float[positions * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i % width + 1) + (float) random.nextGaussian() * (i % width == 3 ? 1e-2f : 0.5f);
        }
        boolean[] text = new boolean[positions];
        Arrays.fill(text, 0, positions - 50, true);
        float[] untouched = Arrays.copyOfRange(values, (positions - 50) * width, values.length);
        double variance = new LatentTargets(width).standardize(values, text);
        assertThat(variance).isCloseTo((7 * 0.25 + 1e-4) / 8, within(0.03));
        assertThat(Arrays.copyOfRange(values, (positions - 50) * width, values.length)).isEqualTo(untouched);
        for (int c = 0; c < width; c++) {
            int channel = c;
            double sum = IntStream.range(0, positions - 50).mapToDouble(i -> values[i * width + channel]).sum();
            assertThat(sum / (positions - 50)).as("of every channel").isCloseTo(0, within(0.03));
        }
        for (int i = 0; i < positions - 50; i++) {
            int first = i * width;
            assertThat(IntStream.range(first, first + width).mapToDouble(at -> (double) values[at] * values[at]).sum()).isCloseTo(1, within(
                    1e-4));
        }
        float[] same = new float[positions * width];
        Arrays.fill(same, 1);
        boolean[] all = new boolean[positions];
        Arrays.fill(all, true);
        assertThat(new RepresentationStatistics(1, new LatentTargets(width).standardize(same, all)).collapsed()).isTrue();
        assertThat(same).as("nothing is left to point anywhere").containsOnly(0f);
    }

    @Test
    void spansAreHiddenAtTheirShareAndNeverTheFirstToken() {
        Batch text = TextModel.shortened(TextModel.text(2, ROWS, 40), 1);
        SpanMasking masking = new SpanMasking(0.42, TextModel.VOCABULARY, SpanMasking.Sight.BOTH_DIRECTIONS);
        int runs = 0;
        for (int draw = 0; draw < 200; draw++) {
            Corrupted corrupted = masking.of(text, Draws.of(1, draw, 0));
            assertThat(corrupted.question().validTargets()).isEqualTo((ROWS - 1) * Math.round(0.42f * 39));
            for (int i = 0; i < ROWS * 40; i++) {
                boolean hidden = corrupted.question().inputs()[i] == TextModel.VOCABULARY;
                assertThat(corrupted.question().targets()[i]).isEqualTo(hidden ? text.inputs()[i] : Batch.IGNORED);
                assertThat(hidden && i % 40 == 0).isFalse();
                runs += hidden && corrupted.question().inputs()[i - 1] != TextModel.VOCABULARY ? 1 : 0;
            }
        }
        assertThat(16.0 * (ROWS - 1) * 200 / runs).as("tokens of a span").isCloseTo(4, within(0.01));
    }

    @Test
    void whatItCostsIsCounted() {
        GptConfig config = GptConfig.ofDepth(4, 64, 64, 256, 1000, "L");
        long without = Flops.perToken(config, 0);
        assertThat(ALONE.flopsPerToken(config)).as("a pass and a teacher's forward pass, without lm_head").isEqualTo(without + without / 3);
        assertThat(ADDED.flopsPerToken(config)).isEqualTo(Flops.perToken(config) + without + without / 3);
    }

    // ---- learning: rows that count in steps of 1 to 5 from a random beginning, modulo 30 ----

    private static final int WORDS = 30;

    private static Batch counting(SplittableRandom random) {
        int[] inputs = new int[16 * 16];
        int[] targets = new int[inputs.length];
        for (int row = 0; row < 16; row++) {
            int first = random.nextInt(WORDS);
            int step = random.nextInt(1, 6);
            for (int i = 0; i < 16; i++) {
                inputs[row * 16 + i] = (first + i * step) % WORDS;
                targets[row * 16 + i] = (first + (i + 1) * step) % WORDS;
            }
        }
        return new Batch(16, 16, inputs, targets);
    }

    private static double measured(Objective objective) {
        SplittableRandom random = new SplittableRandom(99);
        return IntStream.range(0, 6).mapToObj(_ -> counting(random)).mapToDouble(batch -> {
            float[] losses = objective.losses(batch);
            int[] scored = objective.scored(batch);
            return IntStream.range(0, losses.length).filter(i -> scored[i] != Batch.IGNORED).mapToDouble(i -> losses[i]).average()
                    .orElseThrow();
        }).average().orElseThrow();
    }

    /// Who says the same of every hidden token has a loss of 1, and so has a model that was not trained. The representation must tell more than whether
    /// its loss is low: the token itself is found among 30 by its nearest neighbour, where chance finds one in 30.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void whatTheTeacherMakesOfHiddenTokensIsLearnedAndDoesNotCollapse(long seed) {
        ObjectiveChoice choice = new ObjectiveChoice.OfJepa(0.3);
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 32, 32, 16, WORDS + 10, "L"), backend, DType.F32, true);
            parameters.initialize(seed);
            MuonAdamW optimizer = new MuonAdamW(backend, ParameterGroups.of(parameters, OptimizerSettings.DEFAULT.withLearningRatesTimes(
                    0.5)));
            Tape tape = new Tape(backend, DType.F32);
            Gpt gpt = new Gpt(parameters);
            Objective objective = choice.of(gpt, tape, 16, 16, seed);
            assertThat(measured(objective)).as("untrained").isBetween(0.9, 1.1);
            SplittableRandom random = new SplittableRandom(seed);
            for (int step = 0; step < 200; step++) {
                objective.beginStep(step);
                objective.addGradients(counting(random), 1);
                objective.takeLoss();
                optimizer.step(new ScheduleValues(1 - step / 200.0, 0.9, 0));
                objective.afterUpdate();
            }
            assertThat(measured(objective)).as("trained").isLessThan(0.6);
            assertThat(objective.representation().orElseThrow().variance()).isGreaterThan(0.3);
            assertThat(rightlyGuessed(gpt, tape, choice, random)).as("hidden tokens whose nearest neighbour is the same token")
                    .isGreaterThan(0.2);
        }
    }

    /// The share of hidden tokens at which the model's representation is nearest (by angle) to that of a position, not hidden, of the same token.
    private static double rightlyGuessed(Gpt gpt, Tape tape, ObjectiveChoice choice, SplittableRandom random) {
        Batch text = counting(random);
        Corrupted corrupted = choice.asked(text, WORDS + 9, 5, 0, 0);
        float[] whole = read(gpt, tape, text);
        float[] guessed = read(gpt, tape, corrupted.question());
        int width = whole.length / text.inputs().length;
        int[] hidden = IntStream.range(0, text.inputs().length).filter(i -> corrupted.question().targets()[i] != Batch.IGNORED).toArray();
        long right = Arrays.stream(hidden).filter(i -> {
            int nearest = IntStream.range(0, text.inputs().length).filter(j -> j / 16 != i / 16).boxed().max((a, b) -> Double.compare(
                    product(guessed, i, whole, a, width), product(guessed, i, whole, b, width))).orElseThrow();
            return text.inputs()[nearest] == text.inputs()[i];
        }).count();
        return (double) right / hidden.length;
    }

    private static double product(float[] a, int i, float[] b, int j, int width) {
        return IntStream.range(0, width).mapToDouble(c -> (double) a[i * width + c] * b[j * width + c]).sum();
    }

    private static float[] read(Gpt gpt, Tape tape, Batch batch) {
        Tensor ids = tape.backend().allocate(DType.I32, batch.inputs().length);
        tape.backend().write(ids, batch.inputs());
        float[] values = tape.backend().read(gpt.hidden(tape, ids, batch.rows(), batch.length(), _ -> new Visibility.BothDirections())
                .value());
        tape.clear();
        return values;
    }

    @Test
    void whatFillsTheLastBatchUpIsNotAskedFor() {
        Batch text = TextModel.shortened(TextModel.text(3, ROWS, LENGTH), 4);
        try (TextModel model = new TextModel(Device.CPU, ALONE, ROWS, LENGTH).drawn(3)) {
            Objective objective = model.objective(3);
            float[] losses = objective.losses(text).clone();
            assertThat(losses).containsExactly(objective.losses(text));
            int[] scored = objective.scored(text);
            for (int i = 0; i < losses.length; i++) {
                assertThat(scored[i]).isIn(Batch.IGNORED, text.inputs()[i]);
                assertThat(losses[i] != 0 && scored[i] == Batch.IGNORED).isFalse();
                assertThat(i >= (ROWS - 1) * LENGTH + 4 && scored[i] != Batch.IGNORED).isFalse();
            }
            model.takeGradients().values().forEach(gradient -> assertThat(gradient).containsOnly(0f));
            assertThat(List.of(objective.likelihood())).containsExactly(Likelihood.NONE);
        }
    }
}
