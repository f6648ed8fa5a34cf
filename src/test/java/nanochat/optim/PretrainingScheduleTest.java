package nanochat.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// Oracle: docs/formulas.md#schedules, worked by hand at the corners. In a run of 1000 steps the warm-down takes the last 650.
class PretrainingScheduleTest {
    private static final Offset<Double> EXACTLY = within(1e-12);

    private final PretrainingSchedule thousand = PretrainingSchedule.of(1000);

    private static double rate(PretrainingSchedule schedule, int step) {
        return schedule.at(step).learningRateMultiplier();
    }

    private static double momentum(PretrainingSchedule schedule, int step) {
        return schedule.at(step).muonMomentum();
    }

    @Test
    void theLearningRateRisesOverFortySteps() {
        assertThat(rate(thousand, 0)).isEqualTo(1 / 40.0, EXACTLY);
        assertThat(rate(thousand, 19)).isEqualTo(0.5, EXACTLY);
        assertThat(rate(thousand, 38)).isEqualTo(39 / 40.0, EXACTLY);
        assertThat(rate(thousand, 39)).isEqualTo(1, EXACTLY);
        assertThat(rate(thousand, 40)).isEqualTo(1, EXACTLY);
    }

    @Test
    void theLearningRateFallsOverTheLastPartOfTheRun() {
        assertThat(rate(thousand, 350)).isEqualTo(1, EXACTLY);
        assertThat(rate(thousand, 351)).isEqualTo(1 - 0.95 / 650, EXACTLY);
        assertThat(rate(thousand, 675)).isEqualTo(0.525, EXACTLY);
        assertThat(rate(thousand, 999)).isEqualTo(0.05 + 0.95 / 650, EXACTLY);
    }

    @Test
    void aRunShorterThanTheWarmUpNeverLeavesIt() {
        PretrainingSchedule schedule = PretrainingSchedule.of(20);
        assertThat(IntStream.range(0, 20).mapToDouble(step -> rate(schedule, step)).toArray())
                .containsExactly(IntStream.range(0, 20).mapToDouble(step -> (step + 1) / 40.0).toArray(), EXACTLY);
    }

    @Test
    void theWarmUpGoesBeforeTheWarmDown() {
        // 60 steps: the warm-down of 39 steps begins at step 21, inside the warm-up.
        PretrainingSchedule schedule = PretrainingSchedule.of(60);
        assertThat(rate(schedule, 39)).isEqualTo(1, EXACTLY);
        assertThat(rate(schedule, 40)).isEqualTo(1 - 0.95 * 19 / 39, EXACTLY);
        assertThat(rate(schedule, 59)).isEqualTo(1 - 0.95 * 38 / 39, EXACTLY);
    }

    @Test
    void withoutWarmUpAndWarmDownTheLearningRateIsConstant() {
        PretrainingSchedule schedule = new PretrainingSchedule(500, 0, 0, 0);
        assertThat(IntStream.range(0, 500).mapToDouble(step -> rate(schedule, step))).containsOnly(1.0);
        assertThat(momentum(schedule, 499)).isEqualTo(0.97, EXACTLY);
    }

    @Test
    void theWarmDownCanEndAtZeroAndTakeTheWholeRun() {
        PretrainingSchedule schedule = new PretrainingSchedule(10, 0, 1, 0);
        assertThat(rate(schedule, 0)).isEqualTo(1, EXACTLY);
        assertThat(rate(schedule, 1)).isEqualTo(0.9, EXACTLY);
        assertThat(rate(schedule, 9)).isEqualTo(0.1, EXACTLY);
    }

    @Test
    void aHalfStepOfWarmDownIsRoundedToTheEvenNumber() {
        // 0.65 * 10 = 6.5 gives 6: the rate is still full at step 4.
        PretrainingSchedule schedule = new PretrainingSchedule(10, 0, 0.65, 0);
        assertThat(rate(schedule, 4)).isEqualTo(1, EXACTLY);
        assertThat(rate(schedule, 5)).isEqualTo(5 / 6.0, EXACTLY);
    }

    @Test
    void momentumRisesOverFourHundredStepsAndFallsWithTheLearningRate() {
        PretrainingSchedule schedule = PretrainingSchedule.of(2000);
        assertThat(momentum(schedule, 0)).isEqualTo(0.85, EXACTLY);
        assertThat(momentum(schedule, 200)).isEqualTo(0.91, EXACTLY);
        assertThat(momentum(schedule, 400)).isEqualTo(0.97, EXACTLY);
        assertThat(momentum(schedule, 700)).isEqualTo(0.97, EXACTLY);
        assertThat(momentum(schedule, 1350)).isEqualTo(0.935, EXACTLY);
        assertThat(momentum(schedule, 1999)).isEqualTo(0.90 + 0.07 / 1300, EXACTLY);
    }

    @Test
    void momentumJumpsWhereTheWarmDownBeganBeforeItHadRisen() {
        assertThat(momentum(thousand, 399)).isEqualTo(0.85 + 0.12 * 399 / 400, EXACTLY);
        assertThat(momentum(thousand, 400)).isEqualTo(0.97 - 0.07 * 50 / 650, EXACTLY);
    }

    @Test
    void weightDecayFollowsHalfACosine() {
        assertThat(thousand.at(0).weightDecayMultiplier()).isEqualTo(1, EXACTLY);
        assertThat(thousand.at(250).weightDecayMultiplier()).isEqualTo(0.5 + Math.sqrt(0.125), EXACTLY);
        assertThat(thousand.at(500).weightDecayMultiplier()).isEqualTo(0.5, EXACTLY);
        assertThat(thousand.at(999).weightDecayMultiplier()).isBetween(0.0, 1e-5);
    }

    @Test
    void aRunOfOneStepHasValues() {
        assertThat(new PretrainingSchedule(1, 0, 0.65, 0.05).at(0)).isEqualTo(new ScheduleValues(1, 0.85, 1));
    }

    @Test
    void stepsOutsideTheRunAreRefused() {
        assertThatThrownBy(() -> thousand.at(1000)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("1000");
        assertThatThrownBy(() -> thousand.at(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void impossibleOptionsAreNamed() {
        assertThatThrownBy(() -> PretrainingSchedule.of(0)).isInstanceOf(BadInputException.class).hasMessageContaining("step");
        assertThatThrownBy(() -> new PretrainingSchedule(10, -1, 0.5, 0)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("warmup_steps");
        assertThatThrownBy(() -> new PretrainingSchedule(10, 0, 1.5, 0)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("warmdown_ratio");
        assertThatThrownBy(() -> new PretrainingSchedule(10, 0, 0.5, Double.NaN)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("final_lr_frac");
    }
}
