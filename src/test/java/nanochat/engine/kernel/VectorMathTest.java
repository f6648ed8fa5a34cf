package nanochat.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Against java.lang.Math, at lengths that fill no vector.
class VectorMathTest {
    private final Rows x = Rows.allocate(Arena.ofAuto(), 2, 1000);

    private void set(int row, int column, float value) {
        x.memory().set(ValueLayout.JAVA_FLOAT, x.offset(row) + 4L * column, value);
    }

    private void fill(long seed, int length, double bound) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < length; i++) {
            set(0, i, (float) random.nextDouble(-bound, bound));
        }
    }

    @Test
    void exponentialsAreExactToTheirLastBits() {
        fill(1, 1000, 60);
        VectorMath.exp(x.address(0), x.address(1), 1000, 3, 1.25f);
        for (int i = 0; i < 1000; i++) {
            double expected = Math.exp(1.25 * ((double) x.get(0, i) - 3));
            double relative = Math.abs(x.get(1, i) - expected) / expected;
            // the exponent itself is rounded: its error grows with it
            assertThat(relative).as("of %s", x.get(0, i)).isLessThan(1e-6 + 2e-7 * Math.abs(x.get(0, i)));
        }
    }

    @Test
    void exponentialsOfExtremesNeitherOverflowNorVanish() {
        set(0, 0, -1e30f);
        set(0, 1, 1e30f);
        VectorMath.exp(x.address(0), x.address(1), 2, 0, 1);
        assertThat(x.get(1, 0)).isPositive().isLessThan(1e-37f);
        assertThat(x.get(1, 1)).isFinite().isGreaterThan(1e37f);
    }

    @Test
    void softcappedLogitsKeepTheirPrecisionNearZeroToo() {
        for (double bound : new double[]{1e-4, 1, 300}) {
            fill(2, 999, bound);
            VectorMath.copy(x.address(0), x.address(1), 999);
            VectorMath.softcap(x.address(1), 999, 15);
            for (int i = 0; i < 999; i++) {
                double expected = 15 * Math.tanh((double) x.get(0, i) / 15);
                assertThat(Math.abs(x.get(1, i) - expected)).as("of %s", x.get(0, i)).isLessThanOrEqualTo(5e-7 * Math.abs(expected));
            }
        }
    }

    @Test
    void sumsOfExponentialsAreExactAlsoFarBelowTheirLargestTerm() {
        for (int length : new int[]{1, 15, 16, 100, 999}) {
            fill(5, length, 40);
            set(0, length / 2, 40);
            double expected = 0;
            for (int i = 0; i < length; i++) {
                expected += Math.exp((double) x.get(0, i) - 40);
            }
            assertThat((double) VectorMath.sumOfExp(x.address(0), length, 40)).isCloseTo(expected, within(2e-6 * expected));
        }
    }

    @Test
    void exponentsWeighedByTheirExponentialsAddUp() {
        for (int length : new int[]{1, 15, 16, 100, 999}) {
            fill(5, length, 20);
            set(0, length / 2, 20);
            double expected = 0;
            for (int i = 0; i < length; i++) {
                expected += Math.exp((double) x.get(0, i) - 20) * ((double) x.get(0, i) - 20);
            }
            assertThat((double) VectorMath.sumOfExpTimesExponent(x.address(0), length, 20))
                    .isCloseTo(expected, within(3e-6 * Math.abs(expected) + 1e-9));
        }
    }

    @Test
    void weightsBetweenBoundsAreExponentialsAndZeroElsewhere() {
        fill(3, 64, 10);
        VectorMath.copy(x.address(0), x.address(1), 64);
        float sum = VectorMath.expBetween(x.address(1), 0.5f, -3, 37);
        double expected = 0;
        for (int i = 0; i < 64; i++) {
            double weight = i < 37 ? Math.exp(0.5 * x.get(0, i)) : 0;
            assertThat(Math.abs(x.get(1, i) - weight)).isLessThanOrEqualTo(3e-6 * weight);
            expected += weight;
        }
        assertThat(Math.abs(sum - expected)).isLessThan(3e-6 * expected);
    }

    @Test
    void theFirstOfTheLargestIsFoundWhereverItStands() {
        for (int length : new int[]{1, 5, 16, 64, 100, 999}) {
            for (int place = 0; place < length; place += 7) {
                fill(4, length, 1);
                set(0, place, 2);
                set(0, length - 1, 2);
                assertThat(VectorMath.argmax(x.address(0), length)).isEqualTo(place);
            }
        }
    }

    @Test
    void normsAreOfUnitSizeTimesTheScale() {
        fill(5, 77, 3);
        VectorMath.norm(x.address(0), x.address(1), 77, 1.2f);
        double squares = 0;
        for (int i = 0; i < 77; i++) {
            squares += Math.pow(x.get(1, i), 2);
            assertThat(Math.signum(x.get(1, i))).isEqualTo(Math.signum(x.get(0, i)));
        }
        assertThat(Math.abs(squares / 77 - 1.44)).isLessThan(1e-5);
    }
}
