package nanochat.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;

/// The oracle is section 7 of the specification, worked out by hand.
class FinetuningScheduleTest {
    private static final FinetuningSchedule SCHEDULE = new FinetuningSchedule(1000, 0.8, 0.5);

    @Test
    void theRateIsFullFromTheFirstStepAndFallsLinearlyOverTheLastHalf() {
        assertThat(SCHEDULE.at(0).learningRateMultiplier()).isEqualTo(0.8);
        assertThat(SCHEDULE.at(500).learningRateMultiplier()).isEqualTo(0.8);
        assertThat(SCHEDULE.at(750).learningRateMultiplier()).isEqualTo(0.4, within(1e-12));
        assertThat(SCHEDULE.at(999).learningRateMultiplier()).isEqualTo(0.8 / 500, within(1e-12));
    }

    @Test
    void withoutAWarmdownTheRateStaysFull() {
        assertThat(new FinetuningSchedule(10, 0.5, 0).at(9).learningRateMultiplier()).isEqualTo(0.5);
    }

    @Test
    void momentumRisesOverThreeHundredStepsAndStays() {
        assertThat(SCHEDULE.at(0).muonMomentum()).isEqualTo(0.85);
        assertThat(SCHEDULE.at(150).muonMomentum()).isEqualTo(0.90, within(1e-12));
        assertThat(SCHEDULE.at(300).muonMomentum()).isEqualTo(0.95);
        assertThat(SCHEDULE.at(999).muonMomentum()).isEqualTo(0.95);
    }

    @Test
    void nothingDecays() {
        assertThat(SCHEDULE.at(0).weightDecayMultiplier()).isZero();
    }

    @Test
    void impossibleRunsAreRefused() {
        assertThatThrownBy(() -> new FinetuningSchedule(0, 0.8, 0.5)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> new FinetuningSchedule(1, 0, 0.5)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> new FinetuningSchedule(1, Double.NaN, 0.5)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> new FinetuningSchedule(1, 0.8, 1.5)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> SCHEDULE.at(1000)).isInstanceOf(IllegalArgumentException.class);
    }
}
