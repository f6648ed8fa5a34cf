package nanochat.compare;

import java.util.Arrays;
import java.util.stream.IntStream;

/// A linear classifier by ridge regression: each class is a target that is 1 for its own examples and 0 for others, W = (XᵀX + λnI)⁻¹ XᵀY on features of mean
/// 0 and variance 1; the largest output wins. In closed form, so nothing of it has to be tuned but λ.
final class RidgeClassifier {
    private static final double LEAST_DEVIATION = 1e-9;

    private final double[] means;
    private final double[] deviations;
    /// A row a class; behind the features' weights the intercept.
    private final double[][] weights;

    private RidgeClassifier(double[] means, double[] deviations, double[][] weights) {
        this.means = means;
        this.deviations = deviations;
        this.weights = weights;
    }

    /// @param features a row an example
    /// @param labels from 0 to `classes` - 1
    /// @param lambda above 0
    static RidgeClassifier fit(double[][] features, int[] labels, int classes, double lambda) {
        int count = features.length;
        int width = features[0].length;
        double[] means = new double[width];
        double[] deviations = new double[width];
        for (int j = 0; j < width; j++) {
            int column = j;
            means[j] = Arrays.stream(features).mapToDouble(row -> row[column]).average().orElseThrow();
            double mean = means[j];
            deviations[j] = Math.max(LEAST_DEVIATION, Math.sqrt(Arrays.stream(features).mapToDouble(row -> (row[column] - mean)
                    * (row[column] - mean)).average().orElseThrow()));
        }
        double[][] x = Arrays.stream(features).map(row -> scaled(row, means, deviations)).toArray(double[][]::new);
        double[][] gram = new double[width][width];
        for (double[] row : x) {
            for (int i = 0; i < width; i++) {
                for (int j = 0; j <= i; j++) {
                    gram[i][j] += row[i] * row[j];
                }
            }
        }
        for (int i = 0; i < width; i++) {
            gram[i][i] += lambda * count;
        }
        double[][] lower = cholesky(gram);
        double[][] weights = IntStream.range(0, classes).mapToObj(label -> {
            double share = (double) Arrays.stream(labels).filter(each -> each == label).count() / count;
            double[] right = new double[width];
            for (int i = 0; i < count; i++) {
                double target = (labels[i] == label ? 1 : 0) - share;
                for (int j = 0; j < width; j++) {
                    right[j] += x[i][j] * target;
                }
            }
            double[] solved = Arrays.copyOf(solve(lower, right), width + 1);
            solved[width] = share;
            return solved;
        }).toArray(double[][]::new);
        return new RidgeClassifier(means, deviations, weights);
    }

    private static double[] scaled(double[] row, double[] means, double[] deviations) {
        return IntStream.range(0, row.length).mapToDouble(j -> (row[j] - means[j]) / deviations[j]).toArray();
    }

    /// The class of an example.
    int classOf(double[] features) {
        double[] x = scaled(features, means, deviations);
        double[] outputs = Arrays.stream(weights).mapToDouble(row -> row[x.length] + IntStream.range(0, x.length).mapToDouble(
                j -> row[j] * x[j]).sum()).toArray();
        return IntStream.range(0, outputs.length).reduce((best, i) -> outputs[i] > outputs[best] ? i : best).orElseThrow();
    }

    /// The share of examples whose class it tells.
    double accuracy(double[][] features, int[] labels) {
        return IntStream.range(0, labels.length).filter(i -> classOf(features[i]) == labels[i]).count() / (double) labels.length;
    }

    /// L with LLᵀ = `matrix`, of which the lower half is read.
    static double[][] cholesky(double[][] matrix) {
        int size = matrix.length;
        double[][] lower = new double[size][size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = matrix[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= lower[i][k] * lower[j][k];
                }
                lower[i][j] = i == j ? Math.sqrt(sum) : sum / lower[j][j];
            }
        }
        return lower;
    }

    /// x with LLᵀx = `right`.
    static double[] solve(double[][] lower, double[] right) {
        int size = right.length;
        double[] x = right.clone();
        for (int i = 0; i < size; i++) {
            for (int k = 0; k < i; k++) {
                x[i] -= lower[i][k] * x[k];
            }
            x[i] /= lower[i][i];
        }
        for (int i = size - 1; i >= 0; i--) {
            for (int k = i + 1; k < size; k++) {
                x[i] -= lower[k][i] * x[k];
            }
            x[i] /= lower[i][i];
        }
        return x;
    }
}
