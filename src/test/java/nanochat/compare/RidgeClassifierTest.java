package nanochat.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Against the equations that define it, and on examples whose classes are known.
class RidgeClassifierTest {
    private static double[][] gaussians(SplittableRandom random, int count, int width) {
        return IntStream.range(0, count).mapToObj(_ -> IntStream.range(0, width).mapToDouble(_ -> random.nextGaussian()).toArray()).toArray(
                double[][]::new);
    }

    @Test
    void aSystemOfEquationsIsSolved() {
        SplittableRandom random = new SplittableRandom(1);
        double[][] some = gaussians(random, 9, 7);
        double[][] matrix = new double[7][7];
        for (int i = 0; i < 7; i++) {
            for (int j = 0; j < 7; j++) {
                matrix[i][j] = (i == j ? 0.1 : 0);
                for (double[] row : some) {
                    matrix[i][j] += row[i] * row[j];
                }
            }
        }
        double[] right = gaussians(random, 1, 7)[0];
        double[] x = RidgeClassifier.solve(RidgeClassifier.cholesky(matrix), right);
        for (int i = 0; i < 7; i++) {
            double left = 0;
            for (int j = 0; j < 7; j++) {
                left += matrix[i][j] * x[j];
            }
            assertThat(left).isCloseTo(right[i], within(1e-9));
        }
    }

    @Test
    void classesOnBothSidesOfALineAreTold() {
        SplittableRandom random = new SplittableRandom(2);
        double[][] x = gaussians(random, 400, 5);
        int[] side = IntStream.range(0, 400).map(i -> 3 * x[i][0] - x[i][3] + 1 > 0 ? 1 : 0).toArray();
        RidgeClassifier classifier = RidgeClassifier.fit(x, side, 2, 1e-3);
        double[][] others = gaussians(random, 400, 5);
        int[] otherSide = IntStream.range(0, 400).map(i -> 3 * others[i][0] - others[i][3] + 1 > 0 ? 1 : 0).toArray();
        assertThat(classifier.accuracy(others, otherSide)).isGreaterThan(0.93);
    }

    @Test
    void whatHasNothingToDoWithTheClassTellsNothing() {
        SplittableRandom random = new SplittableRandom(3);
        double[][] x = gaussians(random, 800, 5);
        int[] coins = IntStream.range(0, 800).map(_ -> random.nextInt(4)).toArray();
        assertThat(Probe.accuracy(gaussians(random, 800, 5), coins, x, coins, 4)).isBetween(0.15, 0.35);
    }

    @Test
    void aFeatureThatIsAlwaysTheSameDoesNoHarm() {
        SplittableRandom random = new SplittableRandom(4);
        double[][] x = IntStream.range(0, 200).mapToObj(i -> new double[]{7, i % 3 + 0.1 * random.nextGaussian(), 1e6 * (i % 3 == 1
                ? 1
                : 0)})
                .toArray(double[][]::new);
        int[] labels = IntStream.range(0, 200).map(i -> i % 3).toArray();
        assertThat(RidgeClassifier.fit(x, labels, 3, 1e-4).accuracy(x, labels)).isEqualTo(1);
    }

    @Test
    void aStrongPenaltyLeavesTheMostFrequentClass() {
        SplittableRandom random = new SplittableRandom(5);
        double[][] x = gaussians(random, 100, 3);
        int[] labels = IntStream.range(0, 100).map(i -> i < 60 ? 2 : i % 2).toArray();
        RidgeClassifier classifier = RidgeClassifier.fit(x, labels, 3, 1e9);
        assertThat(IntStream.range(0, 100).map(i -> classifier.classOf(x[i]))).containsOnly(2);
    }
}
