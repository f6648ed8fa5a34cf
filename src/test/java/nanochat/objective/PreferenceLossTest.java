package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import nanochat.objective.PreferenceLoss.Kind;
import org.junit.jupiter.api.Test;

/// The loss of a margin. Oracles: figures worked by hand, and central differences.
class PreferenceLossTest {
    private static PreferenceLoss loss(Kind kind, double beta) {
        return new PreferenceLoss(kind, beta);
    }

    @Test
    void aMarginOfNothingCostsWhatATossUpCosts() {
        assertThat(loss(Kind.DPO, 0.1).at(0)).isCloseTo(Math.log(2), within(1e-15));
        assertThat(loss(Kind.DPO, 0.1).slopeAt(0)).isCloseTo(-0.05, within(1e-15));
        assertThat(loss(Kind.DPO, 0.5).at(2)).as("-log sigmoid(1)").isCloseTo(0.31326168751822286, within(1e-14));
        assertThat(loss(Kind.IPO, 0.1).at(0)).as("(0 - 5)^2").isCloseTo(25, within(1e-12));
        assertThat(loss(Kind.IPO, 0.1).slopeAt(0)).isCloseTo(-10, within(1e-12));
        assertThat(loss(Kind.IPO, 0.1).slopeAt(5)).as("large enough").isCloseTo(0, within(1e-12));
        assertThat(loss(Kind.IPO, 0.1).slopeAt(6)).as("too large").isCloseTo(2, within(1e-12));
    }

    @Test
    void noMarginIsTooLarge() {
        for (double margin : new double[]{1e4, 1e300}) {
            assertThat(loss(Kind.DPO, 1).at(margin)).isZero();
            assertThat(loss(Kind.DPO, 1).slopeAt(margin)).isZero();
            assertThat(loss(Kind.DPO, 1).at(-margin)).isEqualTo(margin);
            assertThat(loss(Kind.DPO, 1).slopeAt(-margin)).isEqualTo(-1);
        }
    }

    @Test
    void slopesAreThoseOfCentralDifferences() {
        double step = 1e-5;
        for (Kind kind : Kind.values()) {
            PreferenceLoss loss = loss(kind, kind.usualBeta());
            for (double margin = -9.5; margin < 10; margin += 0.7) {
                double difference = (loss.at(margin + step) - loss.at(margin - step)) / (2 * step);
                assertThat(loss.slopeAt(margin)).as("%s at %s", kind, margin).isCloseTo(difference, within(1e-6));
            }
        }
    }

    @Test
    void onlyDpoSums() {
        assertThat(loss(Kind.DPO, 1).share(4)).isEqualTo(1);
        assertThat(loss(Kind.DPO_NORM, 1).share(4)).isEqualTo(0.25);
        assertThat(loss(Kind.IPO, 1).share(4)).isEqualTo(0.25);
        assertThat(loss(Kind.IPO, 1).share(0)).as("an answer without a token").isFinite();
        assertThatIllegalArgumentException().isThrownBy(() -> loss(Kind.DPO, 0)).withMessageContaining("beta");
    }
}
