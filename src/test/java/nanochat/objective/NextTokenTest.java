package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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

    private final Backend backend = Backends.open(Device.CPU, 1, DType.F32);
    private final GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 16, 16, LENGTH, VOCABULARY, "SL"), backend, DType.F32,
            true);
    private final NextToken objective = new NextToken(new Gpt(parameters), new Tape(backend, DType.F32), ROWS, LENGTH);

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

    @Test
    void aBatchWithoutATargetHasNoLossAndAddsNothing() {
        assertThat(objective.addGradients(batch(), 3)).isZero();
        assertThat(takeGradients()).containsOnly(0f);
        assertThat(objective.losses(batch())).containsOnly(0f);

        double loss = objective.addGradients(batch(5), 1);
        List<Float> alone = takeGradients();
        objective.addGradients(batch(), 1);
        assertThat(objective.addGradients(batch(5), 1)).isEqualTo(loss);
        objective.addGradients(batch(), 1);
        assertThat(takeGradients()).as("between others neither").isEqualTo(alone);
    }

    @Test
    void theLossIsTheMeanOverTheTargetsThatCountHoweverFew() {
        double first = objective.addGradients(batch(5), 1);
        List<Float> ofFirst = takeGradients();
        double second = objective.addGradients(batch(14), 1);
        List<Float> ofSecond = takeGradients();
        assertThat(first).isEqualTo(objective.losses(batch(5, 14))[5]).isPositive().isNotEqualTo(second);

        assertThat(objective.addGradients(batch(5, 14), 1)).isCloseTo((first + second) / 2, within(1e-6));
        List<Float> ofBoth = takeGradients();
        objective.addGradients(batch(5, 14), 4);
        List<Float> quarter = takeGradients();
        assertThat(ofBoth.stream().anyMatch(value -> Math.abs(value) > 1e-2)).isTrue();
        for (int i = 0; i < ofBoth.size(); i++) {
            assertThat(ofBoth.get(i)).isCloseTo((ofFirst.get(i) + ofSecond.get(i)) / 2, within(1e-5f));
            assertThat(quarter.get(i)).isCloseTo(ofBoth.get(i) / 4, within(1e-5f));
        }
    }
}
