package nanochat.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The mean of weights against sums in double.
final class MeanWeightsTest {
    private static final int ROWS = 3;
    private static final int COLUMNS = 37;
    private static final int UPDATES = 25;

    private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20261127);

    @ParameterizedTest
    @EnumSource
    void theWeightsBecomeTheirMeanAndWhatIsNotTrainedStays(Device device) {
        try (Backend backend = Backends.open(device, 2, DType.BF16)) {
            Parameter trained = Parameter.allocateAll(backend, List.of("a", "b"), DType.BF16, true, ROWS, COLUMNS).get(1);
            Parameter frozen = Parameter.allocateAll(backend, List.of("c"), DType.F32, false, COLUMNS).getFirst();
            MeanWeights mean = new MeanWeights(backend, List.of(trained, frozen));
            assertThat(mean.state()).containsOnlyKeys("mean.b");

            float[] untouched = values(COLUMNS);
            backend.write(frozen.value(), untouched);
            double[] sum = new double[ROWS * COLUMNS];
            for (int update = 1; update <= UPDATES; update++) {
                float[] weights = values(ROWS * COLUMNS);
                for (int i = 0; i < weights.length; i++) {
                    sum[i] += weights[i];
                }
                backend.write(trained.value(), weights);
                mean.add(update);
            }
            mean.take();

            float[] taken = backend.read(trained.value());
            for (int i = 0; i < taken.length; i++) {
                assertThat((double) taken[i]).isCloseTo(sum[i] / UPDATES, within(1e-6));
            }
            assertThat(backend.read(trained.compute())).as("what products read").usingComparatorWithPrecision(0.02f).containsExactly(
                    taken);
            assertThat(backend.read(frozen.value())).containsExactly(untouched);
        }
    }

    @Test
    void theFirstUpdateForgetsWhatWasThereBefore() {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            Parameter parameter = Parameter.allocateAll(backend, List.of("a"), DType.F32, true, COLUMNS).getFirst();
            MeanWeights mean = new MeanWeights(backend, List.of(parameter));
            backend.write(mean.state().get("mean.a"), values(COLUMNS));
            float[] weights = values(COLUMNS);
            backend.write(parameter.value(), weights);
            mean.add(1);
            backend.zero(parameter.value());
            mean.take();
            assertThat(backend.read(parameter.value())).containsExactly(weights);
        }
    }

    private float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
