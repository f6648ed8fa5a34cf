package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import nanochat.model.GptConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is counted beforehand is what the backend accounts for when training code runs.
class TrainingBytesTest {
    @ParameterizedTest
    @CsvSource({"1, 1, 16, L", "2, 3, 24, L", "3, 2, 32, S", "4, 2, 16, SSSL", "5, 1, 40, L", "6, 2, 8, SL", "7, 1, 8, L"})
    void everyByteIsCounted(int layers, int rows, int length, String windows) {
        GptConfig config = new GptConfig(length, 100, layers, 2, 2, 32, windows, GptConfig.Generation.G2026_07);
        StepCost kept = StepCost.measure(config, rows, length, false, 2);
        StepCost again = StepCost.measure(config, rows, length, true, 2);
        assertThat(kept.bytes()).isEqualTo(TrainingBytes.of(config, rows, length, false));
        assertThat(again.bytes()).isEqualTo(TrainingBytes.of(config, rows, length, true));
        assertThat(again.computedTheSameAs(kept)).isTrue();
        assertThat(kept.loss()).isCloseTo(Math.log(100), within(0.3)); // a model that knows nothing
    }

    @Test
    void aGrowthIsFoundInWhatFollowsIt() {
        double[] x = {1, 2, 3, 5, 8};
        double[] y = {6, 11, 18, 38, 83}; // 3 + 2 x + x²
        Growth growth = Growth.fit(x, y, 0, 1, 2);
        assertThat(growth.factors()).containsExactly(new double[]{3, 2, 1}, within(1e-9));
        assertThat(growth.worst()).isLessThan(1e-9);
        assertThat(growth.share(2, 10)).isCloseTo(100.0 / 123, within(1e-9));
        Growth falling = Growth.fit(new double[]{1, 2, 3}, new double[]{5, 7, 8}, 0, 1, 2);
        assertThat(falling.factor(2)).isZero();
        assertThat(falling.factor(1)).isPositive();
        assertThat(Growth.fit(new double[]{1, 2, 4}, new double[]{1, 2.2, 4}, 1).worst()).isBetween(0.05, 0.1);
    }
}
