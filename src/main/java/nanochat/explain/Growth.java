package nanochat.explain;

import java.util.Comparator;
import java.util.stream.IntStream;

/// A sum of powers of x, fitted to measured values so that the squares of its relative errors are least. No power is subtracted: one that would be is
/// left out.
///
/// @param powers of x
/// @param factors of the powers
/// @param worst the largest relative error of a measured value
record Growth(int[] powers, double[] factors, double worst) {
    /// Fits it to as many values as there are powers, or more.
    static Growth fit(double[] x, double[] y, int... powers) {
        int size = powers.length;
        double[][] normal = new double[size][size + 1];
        for (int point = 0; point < x.length; point++) {
            for (int i = 0; i < size; i++) {
                double left = Math.pow(x[point], powers[i]) / y[point];
                for (int j = 0; j < size; j++) {
                    normal[i][j] += left * Math.pow(x[point], powers[j]) / y[point];
                }
                normal[i][size] += left;
            }
        }
        double[] factors = solve(normal);
        int lowest = IntStream.range(0, size).boxed().min(Comparator.comparingDouble(i -> factors[i])).orElse(0);
        if (factors[lowest] < 0 && size > 1) {
            return fit(x, y, IntStream.of(powers).filter(power -> power != powers[lowest]).toArray());
        }
        Growth fitted = new Growth(powers, factors, 0);
        return new Growth(powers, factors, IntStream.range(0, x.length).mapToDouble(i -> Math.abs(fitted.at(x[i]) / y[i] - 1)).max()
                .orElse(0));
    }

    /// Gauss, with the largest pivot of each column.
    private static double[] solve(double[][] rows) {
        int size = rows.length;
        for (int column = 0; column < size; column++) {
            int best = column;
            for (int row = column + 1; row < size; row++) {
                best = Math.abs(rows[row][column]) > Math.abs(rows[best][column]) ? row : best;
            }
            double[] pivot = rows[best];
            rows[best] = rows[column];
            rows[column] = pivot;
            for (int row = 0; row < size; row++) {
                double factor = row == column ? 0 : rows[row][column] / pivot[column];
                for (int i = column; i <= size; i++) {
                    rows[row][i] -= factor * pivot[i];
                }
            }
        }
        return IntStream.range(0, size).mapToDouble(i -> rows[i][size] / rows[i][i]).toArray();
    }

    double at(double x) {
        return IntStream.range(0, powers.length).mapToDouble(i -> factors[i] * Math.pow(x, powers[i])).sum();
    }

    /// The factor of a power; 0 where it was left out.
    double factor(int power) {
        return IntStream.range(0, powers.length).filter(i -> powers[i] == power).mapToDouble(i -> factors[i]).sum();
    }

    /// What one of the powers makes of the whole at x.
    double share(int power, double x) {
        return factor(power) * Math.pow(x, power) / at(x);
    }
}
