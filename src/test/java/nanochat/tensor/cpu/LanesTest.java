package nanochat.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/// Oracle: the sum of the halves, taken lane by lane in plain Java.
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
