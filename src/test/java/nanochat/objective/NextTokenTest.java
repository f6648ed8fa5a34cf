package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Batches of which few tokens are predicted, as fine-tuning has them. Oracle: the losses of the same targets one by one.
class NextTokenTest {
    private static final int ROWS = 2;
    private static final int LENGTH = 8;
    private static final int VOCABULARY = 40;

    /// How often something came home from the device.
    private int transfers;
    private final Backend backend = counting(Backends.open(Device.CPU, 1, DType.F32));
    private final GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 16, 16, LENGTH, VOCABULARY, "SL"), backend, DType.F32,
            true);
    private final NextToken objective = new NextToken(new Gpt(parameters), new Tape(backend, DType.F32), ROWS, LENGTH);

    private Backend counting(Backend backend) {
        return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class}, (_, method, arguments) -> {
            transfers += List.of("copyOut", "read", "finish").contains(method.getName()) ? 1 : 0;
            try {
                return method.invoke(backend, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    @BeforeEach
    void drawWeights() {
        RandomValues random = new RandomValues(4);
        parameters.all().forEach(parameter -> backend.write(parameter.value(), random.normal(parameter.value().size(), 0.3)));
        parameters.refresh();
    }

    @AfterEach
    void close() {
        backend.close();
    }

    /// The same tokens every time; a target only at these places.
    private static Batch batch(int... places) {
        int[] inputs = new SplittableRandom(7).ints(ROWS * LENGTH, 0, VOCABULARY).toArray();
        int[] targets = new int[ROWS * LENGTH];
        Arrays.fill(targets, Batch.IGNORED);
        for (int place : places) {
            targets[place] = (3 * place + 1) % VOCABULARY;
        }
        return new Batch(ROWS, LENGTH, inputs, targets);
    }

    /// Of all parameters, which are zero afterwards.
    private List<Float> takeGradients() {
        List<Float> gradients = new ArrayList<>();
        for (Parameter parameter : parameters.all()) {
            for (float value : backend.read(parameter.gradient())) {
                gradients.add(value);
            }
            backend.write(parameter.gradient(), new float[Math.toIntExact(parameter.gradient().size())]);
        }
        return gradients;
    }

    /// A step of one micro-batch.
    private double step(Batch batch) {
        objective.addGradients(batch, 1);
        return objective.takeLoss();
    }

    @Test
    void aBatchWithoutATargetHasNoLossAndAddsNothing() {
        assertThat(step(batch())).isZero();
        assertThat(takeGradients()).containsOnly(0f);
        assertThat(objective.losses(batch())).containsOnly(0f);

        double loss = step(batch(5));
        List<Float> alone = takeGradients();
        step(batch());
        assertThat(step(batch(5))).isEqualTo(loss);
        step(batch());
        assertThat(takeGradients()).as("between others neither").isEqualTo(alone);
    }

    @Test
    void theLossIsTheMeanOverTheTargetsThatCountHoweverFew() {
        double first = step(batch(5));
        List<Float> ofFirst = takeGradients();
        double second = step(batch(14));
        List<Float> ofSecond = takeGradients();
        assertThat(first).isEqualTo(objective.losses(batch(5, 14))[5]).isPositive().isNotEqualTo(second);

        assertThat(step(batch(5, 14))).isCloseTo((first + second) / 2, within(1e-6));
        List<Float> ofBoth = takeGradients();
        objective.addGradients(batch(5, 14), 4);
        List<Float> quarter = takeGradients();
        assertThat(ofBoth.stream().anyMatch(value -> Math.abs(value) > 1e-2)).isTrue();
        for (int i = 0; i < ofBoth.size(); i++) {
            assertThat(ofBoth.get(i)).isCloseTo((ofFirst.get(i) + ofSecond.get(i)) / 2, within(1e-5f));
            assertThat(quarter.get(i)).isCloseTo(ofBoth.get(i) / 4, within(1e-5f));
        }
    }

    @Test
    void theLossOfAStepIsTheMeanOfItsMicroBatchesWhateverIsEvaluatedBetween() {
        double first = step(batch(5));
        double second = step(batch(3, 14));
        objective.addGradients(batch(5), 3);
        objective.losses(batch(1, 2, 3));
        objective.addGradients(batch(), 3);
        objective.addGradients(batch(3, 14), 3);
        assertThat(objective.takeLoss()).as("in this order, bit for bit").isEqualTo(first / 3 + 0.0 + second / 3);
        assertThat(objective.takeLoss()).as("taken").isZero();
        assertThat(step(batch(5))).isEqualTo(first);
    }

    /// The losses are read once a step, however many micro-batches it has, and into memory that the first step took.
    @Test
    void aMicroBatchWaitsForNothingAndASecondStepTakesNoMemory() {
        for (int repetition = 0; repetition < 2; repetition++) {
            long allocated = backend.allocatedBytes();
            int before = transfers;
            for (int microStep = 0; microStep < 3; microStep++) {
                objective.addGradients(batch(1, 5), 3);
            }
            assertThat(transfers).isEqualTo(before);
            objective.takeLoss();
            assertThat(transfers).isEqualTo(before + 1);
            if (repetition > 0) {
                assertThat(backend.allocatedBytes()).isEqualTo(allocated);
            }
        }
    }

    @Test
    void aStepHasAsManyMicroBatchesAsWereAnnounced() {
        objective.addGradients(batch(5), 2);
        assertThatIllegalStateException().isThrownBy(() -> objective.addGradients(batch(5), 3)).withMessageContaining("3");
        objective.addGradients(batch(5), 2);
        assertThatIllegalStateException().isThrownBy(() -> objective.addGradients(batch(5), 2)).withMessageContaining("2");
    }
}
