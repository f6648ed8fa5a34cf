package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Against matrices whose singular values are known because they were made of them.
class SingularValuesTest {
    /// U S Vᵀ with U and V products of random reflections.
    private static float[] matrix(double[] values, int rows, int columns, SplittableRandom random) {
        double[][] matrix = new double[rows][columns];
        for (int i = 0; i < values.length; i++) {
            matrix[i][i] = values[i];
        }
        for (int k = 0; k < 3; k++) {
            double[] left = random.doubles(rows, -1, 1).toArray();
            double[] right = random.doubles(columns, -1, 1).toArray();
            for (int column = 0; column < columns; column++) {
                double dot = 0;
                for (int row = 0; row < rows; row++) {
                    dot += left[row] * matrix[row][column];
                }
                for (int row = 0; row < rows; row++) {
                    matrix[row][column] -= 2 * dot / squares(left) * left[row];
                }
            }
            for (int row = 0; row < rows; row++) {
                double dot = 0;
                for (int column = 0; column < columns; column++) {
                    dot += right[column] * matrix[row][column];
                }
                for (int column = 0; column < columns; column++) {
                    matrix[row][column] -= 2 * dot / squares(right) * right[column];
                }
            }
        }
        float[] flat = new float[rows * columns];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) matrix[i / columns][i % columns];
        }
        return flat;
    }

    private static double squares(double[] values) {
        return Arrays.stream(values).map(value -> value * value).sum();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 5", "7, 1", "2, 2", "5, 9", "31, 17", "64, 64", "100, 33"})
    void theValuesThatAMatrixWasMadeOfAreFound(int rows, int columns) {
        SplittableRandom random = new SplittableRandom(31L * rows + columns);
        double[] values = random.doubles(Math.min(rows, columns), 0.01, 4).map(value -> -value).sorted().map(value -> -value).toArray();
        assertThat(SingularValues.of(matrix(values, rows, columns, random), rows, columns)).containsExactly(values, within(2e-6));
    }

    @Test
    void equalValuesAndZerosAreFoundToo() {
        double[] values = {3, 3, 3, 1e-3, 0, 0};
        assertThat(SingularValues.of(matrix(values, 6, 8, new SplittableRandom(1)), 6, 8)).containsExactly(values, within(2e-6));
        assertThat(SingularValues.of(new float[12], 3, 4)).containsExactly(0, 0, 0);
        float[] unit = {1, 0, 0, 1};
        assertThat(SingularValues.of(unit, 2, 2)).containsExactly(new double[]{1, 1}, within(1e-12));
    }
}
