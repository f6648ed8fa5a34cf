package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import nanochat.objective.PolicyLoss.Surrogate;
import org.junit.jupiter.api.Test;

/// What a token adds to the loss. Oracles: figures worked by hand, and central differences.
class PolicyLossTest {
    private static final double EXACT = 1e-12;
    private static final PolicyLoss REINFORCE = new PolicyLoss(new Surrogate.LogProbability(), 0);
    private static final PolicyLoss CLIPPED = new PolicyLoss(new Surrogate.ClippedRatio(0.2, 0.2), 0);
    private static final PolicyLoss CLIPPED_HIGHER = new PolicyLoss(new Surrogate.ClippedRatio(0.2, 0.28), 0);
    private static final PolicyLoss HELD = new PolicyLoss(new Surrogate.ClippedRatio(0.2, 0.2), 0.5);

    /// A token whose ratio is q.
    private static double loss(PolicyLoss loss, double q, double advantage) {
        return loss.at(-1 + Math.log(q), -1, -2, advantage);
    }

    private static double slope(PolicyLoss loss, double q, double advantage) {
        return loss.slopeAt(-1 + Math.log(q), -1, -2, advantage);
    }

    @Test
    void reinforceIsTheLogProbabilityTimesTheAdvantage() {
        assertThat(REINFORCE.at(-2, -3, -4, 0.75)).isEqualTo(1.5);
        assertThat(REINFORCE.slopeAt(-2, -3, -4, 0.75)).isEqualTo(-0.75);
        assertThat(REINFORCE.isClipped(0, -9, 1)).isFalse();
    }

    /// min(q A, clamp(q) A): only where the advantage still pulls the ratio away from 1 does clipping end the pull.
    @Test
    void aRatioIsClippedWhereTheAdvantageHasPulledItFarEnough() {
        assertThat(loss(CLIPPED, 1.5, 1)).isCloseTo(-1.2, within(EXACT));
        assertThat(slope(CLIPPED, 1.5, 1)).isZero();
        assertThat(loss(CLIPPED, 0.5, 1)).isCloseTo(-0.5, within(EXACT));
        assertThat(slope(CLIPPED, 0.5, 1)).isCloseTo(-0.5, within(EXACT));
        assertThat(loss(CLIPPED, 1.5, -2)).isCloseTo(3, within(EXACT));
        assertThat(slope(CLIPPED, 1.5, -2)).isCloseTo(3, within(EXACT));
        assertThat(loss(CLIPPED, 0.5, -2)).isCloseTo(1.6, within(EXACT));
        assertThat(slope(CLIPPED, 0.5, -2)).isZero();
        assertThat(slope(CLIPPED, 1, 3)).as("sampled by the model as it is").isEqualTo(-3);
    }

    @Test
    void clipHigherLeavesMoreRoomAbove() {
        assertThat(slope(CLIPPED, 1.25, 1)).isZero();
        assertThat(slope(CLIPPED_HIGHER, 1.25, 1)).isCloseTo(-1.25, within(EXACT));
        assertThat(loss(CLIPPED_HIGHER, 1.5, 1)).isCloseTo(-1.28, within(EXACT));
        assertThat(slope(CLIPPED_HIGHER, 0.75, -1)).as("and none below").isZero();
    }

    /// With p = -1 and f = -2: exp(-1) - (-1) - 1 = 1/e.
    @Test
    void theReferencePullsBackWhateverTheAdvantage() {
        assertThat(loss(HELD, 1, 0)).isCloseTo(0.5 * Math.exp(-1), within(EXACT));
        assertThat(slope(HELD, 1, 0)).isCloseTo(0.5 * (1 - Math.exp(-1)), within(EXACT));
        assertThat(HELD.at(-2, -2, -2, 0)).as("at the reference nothing pulls").isZero();
        assertThat(HELD.slopeAt(-2, -2, -2, 0)).isZero();
        assertThat(CLIPPED.at(-1, -1, Double.NEGATIVE_INFINITY, 1)).as("without the term it is not asked").isEqualTo(-1);
    }

    @Test
    void slopesAreThoseOfCentralDifferences() {
        double step = 1e-6;
        SplittableRandom random = new SplittableRandom(3);
        for (PolicyLoss loss : List.of(REINFORCE, CLIPPED, CLIPPED_HIGHER, HELD)) {
            for (int trial = 0; trial < 200; trial++) {
                double p = -3 * random.nextDouble();
                double o = p + random.nextDouble() - 0.5;
                double f = p + 2 * random.nextDouble() - 1;
                double advantage = random.nextDouble(-2, 2);
                if (loss.isClipped(p + step, o, advantage) == loss.isClipped(p - step, o, advantage)) {
                    double difference = (loss.at(p + step, o, f, advantage) - loss.at(p - step, o, f, advantage)) / (2 * step);
                    assertThat(loss.slopeAt(p, o, f, advantage)).isCloseTo(difference, within(1e-7));
                }
            }
        }
    }

    @Test
    void aClipThatIsNoneIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Surrogate.ClippedRatio(1, 0.2));
        assertThatIllegalArgumentException().isThrownBy(() -> new Surrogate.ClippedRatio(0.2, Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> new PolicyLoss(new Surrogate.LogProbability(), -1));
    }
}
