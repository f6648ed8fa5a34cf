package nanochat.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import nanochat.engine.ReferenceWeights;
import nanochat.engine.WeightFormat;
import nanochat.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Against [VectorProduct], in both types whichever the processor is made for. Where a machine has no native products both are the same, and
/// the test says nothing.
class NativeProductTest {
    @ParameterizedTest
    @CsvSource({"BF16, BF16, 4e-3", "INT8, BF16, 4e-3", "INT4, BF16, 6e-3", "F32, BF16, 1e-9", "BF16, F32, 1e-6", "INT8, F32, 1e-6",
        "INT4, F32, 1e-6", "F32, F32, 1e-9"})
    void itsProductsAreThoseOfTheVectorProductUpToTheRoundingOfTheRows(WeightFormat format, DType type, double bound) {
        SplittableRandom random = new SplittableRandom(4);
        Arena arena = Arena.ofAuto();
        for (int[] shape : new int[][]{{96, 64}, {1000, 96}, {64, 36}}) {
            Matrix matrix = ReferenceWeights.matrix(format, arena, ReferenceWeights.tensor("w", values(random, shape[0] * shape[1]),
                    shape));
            Rows x = Rows.allocate(arena, 300, shape[1]);
            Rows expected = Rows.allocate(arena, 300, shape[0]);
            Rows y = Rows.allocate(arena, 300, shape[0]);
            for (int row = 0; row < 300; row++) {
                MemorySegment.copy(values(random, shape[1]), 0, x.memory(), ValueLayout.JAVA_FLOAT, x.offset(row), shape[1]);
            }
            try (Workers workers = new Workers(2); MatrixProduct product = NativeProduct.orVector(workers, type)) {
                for (int rows : new int[]{1, 3, 4, 7, 9, 13, 31, 32, 100, 128, 129, 300}) {
                    y.memory().fill((byte) 0);
                    new VectorProduct(workers).multiply(matrix, x, expected, rows);
                    product.multiply(matrix, x, y, rows);
                    double error = 0;
                    double size = 0;
                    for (int row = 0; row < rows; row++) {
                        for (int column = 0; column < shape[0]; column++) {
                            error += Math.pow(y.get(row, column) - expected.get(row, column), 2);
                            size += Math.pow(expected.get(row, column), 2);
                        }
                    }
                    assertThat(Math.sqrt(error / size)).as("%s x %s, %s rows", shape[0], shape[1], rows).isLessThan(rows < 4
                            ? 1e-9
                            : bound);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"BF16, BF16", "INT8, BF16", "INT4, BF16", "BF16, F32", "INT8, F32", "INT4, F32"})
    void theNumberOfThreadsChangesNoBit(WeightFormat format, DType type) {
        SplittableRandom random = new SplittableRandom(5);
        Arena arena = Arena.ofAuto();
        Matrix matrix = ReferenceWeights.matrix(format, arena, ReferenceWeights.tensor("w", values(random, 600 * 96), 600, 96));
        Rows x = Rows.allocate(arena, 300, 96);
        for (int row = 0; row < 300; row++) {
            MemorySegment.copy(values(random, 96), 0, x.memory(), ValueLayout.JAVA_FLOAT, x.offset(row), 96);
        }
        Rows expected = Rows.allocate(arena, 300, 600);
        Rows y = Rows.allocate(arena, 300, 600);
        try (Workers one = new Workers(1);
                Workers three = new Workers(3);
                MatrixProduct alone = NativeProduct.orVector(one, type);
                MatrixProduct shared = NativeProduct.orVector(three, type)) {
            for (int rows : new int[]{1, 5, 40, 300}) {
                alone.multiply(matrix, x, expected, rows);
                shared.multiply(matrix, x, y, rows);
                for (int row = 0; row < rows; row++) {
                    for (int column = 0; column < 600; column++) {
                        assertThat(y.get(row, column)).isEqualTo(expected.get(row, column));
                    }
                }
            }
        }
    }

    private static float[] values(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
