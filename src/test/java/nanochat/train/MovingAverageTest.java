package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/// By hand: weights 0.1, 0.09, 0.081 from the newest value back, divided by their sum.
class MovingAverageTest {
    @Test
    void ofOneValueItIsThatValue() {
        assertThat(MovingAverage.EMPTY.plus(3.5).value()).isCloseTo(3.5, within(1e-12));
    }

    @Test
    void recentValuesWeighMore() {
        double expected = (0.1 * 5 + 0.09 * 2 + 0.081 * 7) / 0.271;
        assertThat(MovingAverage.EMPTY.plus(7).plus(2).plus(5).value()).isCloseTo(expected, within(1e-12));
    }

    @Test
    void ofNoValuesThereIsNone() {
        assertThat(MovingAverage.EMPTY.value()).isNaN();
    }
}
