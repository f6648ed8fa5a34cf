package nanochat.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import nanochat.engine.ReferenceWeights;
import nanochat.engine.WeightFormat;
import nanochat.tensor.Bfloat16;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Products in every format against dot products in double of the weights as the format rounds them, computed here.
class MatrixTest {
    private static final int[] ROWS = {1, 2, 3, 4, 5, 8, 16, 17, 20, 129};

    @ParameterizedTest
    @EnumSource
    void productsAreDotProductsOfTheRoundedWeightsAndHaveTheSameBitsInEveryBatch(WeightFormat format) {
        for (int[] shape : new int[][]{{64, 64}, {200, 36}, {65, 130}, {7, 2}, {130, 96}, {300, 200}}) {
            long seed = 31L * shape[0] + shape[1];
            SplittableRandom random = new SplittableRandom(seed);
            int outputs = shape[0];
            int inputs = shape[1];
            float[] weights = values(random, outputs * inputs);
            int cut = outputs / 3;
            Arena arena = Arena.ofAuto();
            Matrix matrix = ReferenceWeights.matrix(format, arena,
                    ReferenceWeights.tensor("a", java.util.Arrays.copyOf(weights, cut * inputs), cut, inputs), ReferenceWeights.tensor("b",
                            java.util.Arrays.copyOfRange(weights, cut * inputs, weights.length), outputs - cut, inputs));
            int most = ROWS[ROWS.length - 1];
            Rows x = Rows.allocate(arena, most, inputs);
            float[] xs = values(random, most * inputs);
            for (int i = 0; i < xs.length; i++) {
                x.memory().set(ValueLayout.JAVA_FLOAT, x.offset(i / inputs) + 4L * (i % inputs), xs[i]);
            }
            Rows y = Rows.allocate(arena, most, outputs);
            try (Workers workers = new Workers(2)) {
                VectorProduct product = new VectorProduct(workers);
                float[][] alone = new float[most][outputs];
                for (int rows : ROWS) {
                    product.multiply(matrix, x, y, rows);
                    for (int row = 0; row < rows; row++) {
                        float[] result = new float[outputs];
                        y.copyRow(row, result);
                        if (row >= rows - 1 || rows == most) {
                            check(format, weights, xs, row, inputs, result);
                        }
                        if (format == WeightFormat.INT4 && rows == 1) {
                            continue; // sums of its own
                        }
                        if (alone[row][0] == 0) {
                            alone[row] = result;
                        }
                        assertThat(result).as("%s %s x %s: row %s of %s", format, outputs, inputs, row, rows).containsExactly(alone[row]);
                    }
                }
            }
        }
    }

    private static void check(WeightFormat format, float[] weights, float[] x, int row, int inputs, float[] result) {
        for (int output = 0; output < result.length; output++) {
            double sum = 0;
            for (int k = 0; k < inputs; k++) {
                float weight = weights[output * inputs + k];
                double rounded = switch (format) {
                    case F32 -> weight;
                    case BF16 -> Bfloat16.round(weight);
                    case INT8 -> {
                        double scale = Math.abs(largest(weights, output * inputs, inputs)) / 127.0;
                        yield Math.round(weight / scale) * scale;
                    }
                    case INT4 -> {
                        int group = k / 32 * 32;
                        double largest = largest(weights, output * inputs + group, Math.min(32, inputs - group));
                        double step = Bfloat16.round((float) (-largest / 8));
                        yield Math.clamp(Math.round(weight / step), -8, 7) * step;
                    }
                };
                sum += rounded * x[row * inputs + k];
            }
            // A quotient at the middle between two integers may be rounded either way.
            double bound = switch (format) {
                case F32, BF16 -> 1e-6 * inputs;
                case INT8, INT4 -> 1e-5 * inputs;
            };
            assertThat((double) result[output]).isCloseTo(sum, within(bound));
        }
    }

    /// The element of the largest magnitude, with its sign.
    private static float largest(float[] weights, int first, int count) {
        float largest = 0;
        for (int k = first; k < first + count; k++) {
            largest = Math.abs(weights[k]) > Math.abs(largest) ? weights[k] : largest;
        }
        return largest;
    }

    private static float[] values(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
