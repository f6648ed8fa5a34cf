package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.Batch;
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
import nanochat.tensor.Tape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every objective learns a small language: rows that count in steps of 1 to 5 from a random beginning, modulo 30. All tokens are equally likely where
/// nothing is seen, so who knows nothing, or looks at no other position, has a loss of ln 30 = 3.4 nats; who sees two tokens can know all others.
class ObjectivesLearnTest {
    private static final int ROWS = 16;
    private static final int LENGTH = 16;
    private static final int WORDS = 30;
    private static final int VOCABULARY = WORDS + 9;
    private static final int STEPS = 150;
    private static final double IGNORANT = Math.log(WORDS);

    static Stream<Arguments> objectives() {
        return Stream.of(ObjectiveChoice.nextToken(), new ObjectiveChoice.OfMasked(0.3), new ObjectiveChoice.OfPrefix(),
                new ObjectiveChoice.OfUl2(), new ObjectiveChoice.OfDiffusion(), new ObjectiveChoice.OfBlockDiffusion(4),
                new ObjectiveChoice.OfGaussianDiffusion(),
                new ObjectiveChoice.OfMultiToken(3)).flatMap(
                        choice -> Stream.of(1L, 2L).map(
                                seed -> Arguments.of(choice, seed)));
    }

    private static Batch batch(SplittableRandom random) {
        int[] inputs = new int[ROWS * LENGTH];
        int[] targets = new int[ROWS * LENGTH];
        for (int row = 0; row < ROWS; row++) {
            int first = random.nextInt(WORDS);
            int step = random.nextInt(1, 6);
            for (int i = 0; i < LENGTH; i++) {
                inputs[row * LENGTH + i] = (first + i * step) % WORDS;
                targets[row * LENGTH + i] = (first + (i + 1) * step) % WORDS;
            }
        }
        return new Batch(ROWS, LENGTH, inputs, targets);
    }

    private static double measured(Objective objective) {
        SplittableRandom random = new SplittableRandom(99);
        List<Double> losses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Batch batch = batch(random);
            float[] each = objective.losses(batch);
            int[] scored = objective.scored(batch);
            IntStream.range(0, each.length).filter(at -> scored[at] != Batch.IGNORED).forEach(at -> losses.add((double) each[at]));
        }
        return losses.stream().mapToDouble(loss -> loss).average().orElseThrow();
    }

    /// Through noise it takes longer: most of what a token tells is said by its own evidence.
    private static int steps(ObjectiveChoice choice) {
        return choice instanceof ObjectiveChoice.OfGaussianDiffusion ? 400 : STEPS;
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void whatIsPredictedIsLearnedFromWhatIsSeen(ObjectiveChoice choice, long seed) {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 32, 32, LENGTH, VOCABULARY + choice.extraTokens(), "L"),
                    choice.extraHeads(), backend, DType.F32, _ -> true);
            parameters.initialize(seed);
            MuonAdamW optimizer = new MuonAdamW(backend, ParameterGroups.of(parameters, OptimizerSettings.DEFAULT.withLearningRatesTimes(
                    0.5)));
            Objective objective = choice.of(new Gpt(parameters), new Tape(backend, DType.F32), ROWS, LENGTH, seed);
            assertThat(measured(objective)).as("untrained").isGreaterThan(0.9 * IGNORANT);
            SplittableRandom random = new SplittableRandom(seed);
            double last = 0;
            int steps = steps(choice);
            for (int step = 0; step < steps; step++) {
                objective.beginStep(step);
                objective.addGradients(batch(random), 1);
                last = objective.takeLoss();
                optimizer.step(new ScheduleValues(1 - (double) step / steps, 0.9, 0));
            }
            assertThat(last).as("the last step").isLessThan(0.8 * IGNORANT);
            assertThat(measured(objective)).as("trained").isLessThan((choice instanceof ObjectiveChoice.OfGaussianDiffusion ? 0.7 : 0.6)
                    * IGNORANT);
            if (choice.fillsBlanks()) {
                assertThat(rightlyFilled(choice, parameters)).as("by guessing once in 24 million rows").isGreaterThan(0.3);
            }
        }
    }

    /// The share of rows whose every third token is filled in rightly.
    private static double rightlyFilled(ObjectiveChoice choice, GptParameters parameters) {
        UnaryOperator<int[]> filler = filler(choice, parameters);
        SplittableRandom random = new SplittableRandom(7);
        int right = 0;
        int rows = 0;
        for (int i = 0; i < 3; i++) {
            Batch batch = batch(random);
            for (int row = 0; row < ROWS; row++) {
                int[] text = Arrays.copyOfRange(batch.inputs(), row * LENGTH, (row + 1) * LENGTH);
                int[] gapped = IntStream.range(0, LENGTH).map(at -> at % 3 == 2 ? VOCABULARY : text[at]).toArray();
                int[] filled = filler.apply(gapped);
                right += Arrays.equals(filled, text) ? 1 : 0;
                rows++;
            }
        }
        return (double) right / rows;
    }

    private static UnaryOperator<int[]> filler(ObjectiveChoice choice, GptParameters parameters) {
        if (choice instanceof ObjectiveChoice.OfGaussianDiffusion) {
            GaussianFilling filling = new GaussianFilling(parameters, DType.F32, LENGTH);
            return text -> filling.fill(text, new GaussianFilling.Manner(8, 0, 1));
        }
        Infilling infilling = new Infilling(parameters, DType.F32, LENGTH);
        return text -> infilling.fill(text, new Infilling.Manner(2, Infilling.Order.SUREST, 0, 0));
    }
}
