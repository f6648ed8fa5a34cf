package nanochat.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Arrays;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/// Oracle: the sum of the halves, taken lane by lane in plain Java; powers in double precision.
class LanesTest {
    /// Often enough for the compiler to come in between: what is compiled must add in the order of what is interpreted.
    @Test
    void theSumOfTheLanesIsAlwaysTakenInTheSameOrder() {
        Random random = new Random(5);
        for (int i = 0; i < 30_000; i++) {
            float[] values = new float[Lanes.WIDTH];
            for (int lane = 0; lane < values.length; lane++) {
                values[lane] = (float) (random.nextGaussian() * Math.exp(random.nextInt(8)));
            }
            assertThat(Lanes.sum(FloatVector.fromArray(Lanes.FLOATS, values, 0))).isEqualTo(sumOfHalves(values));
        }
    }

    @Test
    void powersOfTwoAreRightToTheLastBitsAndNeverLeaveTheNormalNumbers() {
        for (float x = -126; x <= 126; x += 0.0137f) {
            float expected = (float) Math.pow(2, x);
            assertThat(Lanes.moderatePowerOfTwo(FloatVector.broadcast(Lanes.FLOATS, x)).lane(0)).as("2^%s", x).isCloseTo(expected,
                    withinPercentage(3e-5));
            assertThat(Lanes.powerOfTwo(FloatVector.broadcast(Lanes.FLOATS, x)).lane(0)).as("2^%s", x).isCloseTo(expected,
                    withinPercentage(3e-5));
        }
        assertThat(powerOfTwo(-1e30f)).isBetween(Float.MIN_NORMAL / 2, Float.MIN_NORMAL * 2);
        assertThat(powerOfTwo(1e30f)).isBetween(Float.MAX_VALUE / 4, Float.MAX_VALUE);
        assertThat(powerOfTwo(Float.NaN)).isNaN();
    }

    private static float powerOfTwo(float x) {
        return Lanes.powerOfTwo(FloatVector.broadcast(Lanes.FLOATS, x)).lane(0);
    }

    private static float sumOfHalves(float[] values) {
        if (values.length == 1) {
            return values[0];
        }
        int half = values.length / 2;
        float[] sums = Arrays.copyOf(values, half);
        for (int i = 0; i < half; i++) {
            sums[i] += values[half + i];
        }
        return sumOfHalves(sums);
    }
}
