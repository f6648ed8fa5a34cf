package nanochat.tensor.reference;

import static nanochat.tensor.reference.Elements.get;
import static nanochat.tensor.reference.Elements.set;

import nanochat.tensor.AdamWStep;
import nanochat.tensor.MuonMatrix;
import nanochat.tensor.MuonStep;
import nanochat.tensor.PolarExpress;
import nanochat.tensor.Tensor;

/// AdamW (Loshchilov and Hutter, 2019), and Muon (Jordan, 2024) with row equilibration, the coefficients of Polar Express (Amsel et al.,
/// 2025), the variance reduction of NorMuon (Li et al., 2025) and cautious weight decay (Chen et al., 2025).
final class ReferenceOptimizer {
    private static final double SMALLEST_NORM = 1e-6;
    private static final double SMALLEST_VARIANCE = 1e-10;

    private ReferenceOptimizer() {
    }

    static void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
        double firstDebias = 1 - Math.pow(step.beta1(), step.step());
        double secondDebias = 1 - Math.pow(step.beta2(), step.step());
        for (long i = 0; i < parameter.size(); i++) {
            double g = get(gradient, i);
            double m = lerp(get(firstMoment, i), g, 1.0 - step.beta1());
            double v = lerp(get(secondMoment, i), g * g, 1.0 - step.beta2());
            double decayed = get(parameter, i) * (1 - (double) step.learningRate() * step.weightDecay());
            set(firstMoment, i, m);
            set(secondMoment, i, v);
            set(parameter, i, decayed - step.learningRate() / firstDebias * m / (Math.sqrt(v / secondDebias) + step.epsilon()));
        }
    }

    static void muon(MuonMatrix matrix, MuonStep step) {
        Tensor parameter = matrix.parameter();
        double[][] x = nesterov(matrix.gradient(), matrix.momentum(), step.momentum());
        equilibrateRows(x);
        x = orthogonalise(x);
        reduceVariance(x, matrix.secondMoment(), step.beta2());
        double learningRate = step.learningRate() * Math.sqrt(Math.max(1, (double) parameter.rows() / parameter.columns()));
        for (int r = 0; r < parameter.rows(); r++) {
            for (int c = 0; c < parameter.columns(); c++) {
                double p = get(parameter, r, c);
                double decay = x[r][c] * p >= 0 ? step.weightDecay() * p : 0;
                set(parameter, r, c, p - learningRate * x[r][c] - learningRate * decay);
            }
        }
    }

    /// Updates the momentum, and returns the gradient moved towards it.
    private static double[][] nesterov(Tensor gradient, Tensor momentum, double mu) {
        double[][] x = new double[gradient.rows()][gradient.columns()];
        for (int r = 0; r < gradient.rows(); r++) {
            for (int c = 0; c < gradient.columns(); c++) {
                double g = get(gradient, r, c);
                double m = lerp(get(momentum, r, c), g, 1 - mu);
                set(momentum, r, c, m);
                x[r][c] = lerp(g, m, mu);
            }
        }
        return x;
    }

    private static void equilibrateRows(double[][] x) {
        double target = norm(x) / Math.sqrt(x.length);
        for (double[] row : x) {
            scale(row, target / Math.max(norm(row), SMALLEST_NORM));
        }
    }

    /// Takes the singular values near 1, all by polynomials in `x`.
    private static double[][] orthogonalise(double[][] matrix) {
        boolean tall = matrix.length > matrix[0].length;
        double[][] x = tall ? transpose(matrix) : matrix;
        scale(x, 1 / (1.01 * norm(x) + SMALLEST_NORM));
        for (PolarExpress step : PolarExpress.STEPS) {
            double[][] a = multiply(x, transpose(x));
            double[][] b = sum(step.b(), a, step.c(), multiply(a, a));
            x = sum(step.a(), x, 1, multiply(b, x));
        }
        scale(x, Math.sqrt(x.length) / Math.max(norm(x), SMALLEST_NORM));
        return tall ? transpose(x) : x;
    }

    /// Evens out the sizes of the updates of the rows (of a tall or square matrix) or columns (of a wide one); the norm of all stays.
    private static void reduceVariance(double[][] x, Tensor secondMoment, double beta2) {
        boolean byRow = x.length >= x[0].length;
        double[][] lines = byRow ? x : transpose(x);
        int size = lines[0].length;
        double before = 0;
        double after = 0;
        double[] factors = new double[lines.length];
        for (int i = 0; i < lines.length; i++) {
            double squares = Math.pow(norm(lines[i]), 2);
            double s = lerp(get(secondMoment, i), squares / size, 1 - beta2);
            set(secondMoment, i, s);
            factors[i] = 1 / Math.sqrt(Math.max(s, SMALLEST_VARIANCE));
            before += squares;
            after += squares * factors[i] * factors[i];
        }
        double common = Math.sqrt(before) / Math.max(Math.sqrt(after), SMALLEST_VARIANCE);
        for (int r = 0; r < x.length; r++) {
            for (int c = 0; c < x[r].length; c++) {
                x[r][c] *= common * factors[byRow ? r : c];
            }
        }
    }

    private static double lerp(double from, double to, double weight) {
        return from + weight * (to - from);
    }

    private static double norm(double[]... rows) {
        double squares = 0;
        for (double[] row : rows) {
            for (double value : row) {
                squares += value * value;
            }
        }
        return Math.sqrt(squares);
    }

    private static void scale(double[][] x, double factor) {
        for (double[] row : x) {
            scale(row, factor);
        }
    }

    private static void scale(double[] row, double factor) {
        for (int i = 0; i < row.length; i++) {
            row[i] *= factor;
        }
    }

    private static double[][] transpose(double[][] x) {
        double[][] transposed = new double[x[0].length][x.length];
        for (int r = 0; r < x.length; r++) {
            for (int c = 0; c < x[r].length; c++) {
                transposed[c][r] = x[r][c];
            }
        }
        return transposed;
    }

    private static double[][] multiply(double[][] x, double[][] y) {
        double[][] product = new double[x.length][y[0].length];
        for (int r = 0; r < x.length; r++) {
            for (int i = 0; i < y.length; i++) {
                for (int c = 0; c < y[i].length; c++) {
                    product[r][c] += x[r][i] * y[i][c];
                }
            }
        }
        return product;
    }

    private static double[][] sum(double xFactor, double[][] x, double yFactor, double[][] y) {
        double[][] sum = new double[x.length][x[0].length];
        for (int r = 0; r < x.length; r++) {
            for (int c = 0; c < x[r].length; c++) {
                sum[r][c] = xFactor * x[r][c] + yFactor * y[r][c];
            }
        }
        return sum;
    }
}
