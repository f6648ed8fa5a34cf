package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Advantages within a group, and what tokens count. Oracle: figures worked by hand.
class AdvantagesTest {
    private static final Advantages CENTRED = new Advantages.Centred();
    private static final Advantages STANDARDISED = new Advantages.Standardised(Advantages.EPSILON);

    @Test
    void theMeanIsTakenAway() {
        assertThat(CENTRED.of(new double[]{1, 0, 0, 1, 0})).usingElementComparator((a, b) -> Math.abs(a - b) < 1e-15 ? 0 : 1)
                .containsExactly(0.6, -0.4, -0.4, 0.6, -0.4);
    }

    /// Rewards 1, 0, 0, 0: deviations 0.75 and -0.25, their squares sum to 0.75, over n - 1 = 3: a standard deviation of 0.5.
    @Test
    void theStandardDeviationIsThatOfASample() {
        double[] advantages = STANDARDISED.of(new double[]{1, 0, 0, 0});
        assertThat(advantages[0]).isCloseTo(0.75 / 0.5001, within(1e-12));
        assertThat(advantages[3]).isCloseTo(-0.25 / 0.5001, within(1e-12));
    }

    /// The mean of three times 0.1 is not 0.1.
    @Test
    void equalRewardsHaveExactlyNoAdvantage() {
        assertThat((0.1 + 0.1 + 0.1) / 3).isNotEqualTo(0.1);
        for (double reward : new double[]{0, 0.1, -7.3, 1e300}) {
            for (int size : new int[]{1, 3, 7}) {
                double[] rewards = new double[size];
                Arrays.fill(rewards, reward);
                assertThat(Advantages.areEqual(rewards)).isTrue();
                assertThat(CENTRED.of(rewards)).containsOnly(0);
                assertThat(STANDARDISED.of(rewards)).containsOnly(0);
            }
        }
        assertThat(Advantages.areEqual(new double[]{0.1, 0.1, 0.2})).isFalse();
    }

    @Test
    void whatATokenCountsDependsOnTheRecipe() {
        int[] tokens = {2, 0, 6};
        assertThat(Normalization.TOKEN.shares(tokens, 24)).containsExactly(1.0 / 8, 0, 1.0 / 8);
        assertThat(Normalization.ROW.shares(tokens, 24)).containsExactly(1.0 / 6, 0, 1.0 / 18);
        assertThat(Normalization.LENGTH.shares(tokens, 24)).containsExactly(1.0 / 72, 0, 1.0 / 72);
        assertThat(Normalization.TOKEN.shares(new int[]{0, 0}, 24)).as("nothing counts").containsOnly(0);
    }
}
