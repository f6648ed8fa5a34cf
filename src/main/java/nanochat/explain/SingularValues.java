package nanochat.explain;

/// The singular values of a matrix, in double precision: the roots of the eigenvalues of its smaller Gram matrix, which is made tridiagonal by
/// Householder's reflections and then searched by bisection (Golub and Van Loan, Matrix Computations, 8.3 and 8.4). Those below some 10⁻⁸ of the
/// largest are lost in rounding.
final class SingularValues {
    private static final int HALVINGS = 64;

    private SingularValues() {
    }

    /// As many as the smaller side has elements, the largest first.
    ///
    /// @param matrix by rows
    static double[] of(float[] matrix, int rows, int columns) {
        double[][] gram = gram(matrix, rows, columns);
        int size = gram.length;
        double[] diagonal = new double[size];
        double[] beside = new double[size]; // beside[i] couples i and i + 1
        makeTridiagonal(gram, diagonal, beside);
        double largest = 0;
        for (int i = 0; i < size; i++) { // Gershgorin
            largest = Math.max(largest, diagonal[i] + Math.abs(beside[i]) + (i > 0 ? Math.abs(beside[i - 1]) : 0));
        }
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            values[i] = Math.sqrt(eigenvalue(size - 1 - i, diagonal, beside, largest));
        }
        return values;
    }

    /// X Xᵀ or Xᵀ X, whichever is smaller.
    private static double[][] gram(float[] matrix, int rows, int columns) {
        int size = Math.min(rows, columns);
        double[][] gram = new double[size][size];
        int lines = Math.max(rows, columns);
        double[] line = new double[size];
        for (int k = 0; k < lines; k++) {
            for (int i = 0; i < size; i++) {
                line[i] = rows > columns ? matrix[k * columns + i] : matrix[i * columns + k];
            }
            for (int i = 0; i < size; i++) {
                double[] to = gram[i];
                double factor = line[i];
                for (int j = 0; j < size; j++) {
                    to[j] += factor * line[j];
                }
            }
        }
        return gram;
    }

    private static void makeTridiagonal(double[][] a, double[] diagonal, double[] beside) {
        int size = a.length;
        for (int k = 0; k + 1 < size; k++) {
            diagonal[k] = a[k][k];
            double squares = 0;
            for (int i = k + 1; i < size; i++) {
                squares += a[i][k] * a[i][k];
            }
            beside[k] = a[k + 1][k] > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
            if (k + 2 < size && squares > 0) {
                reflect(a, k, beside[k]);
            }
        }
        diagonal[size - 1] = a[size - 1][size - 1];
    }

    /// The reflection that takes column k below the diagonal to (`length`, 0, ..., 0), on both sides of what is right of and below k.
    private static void reflect(double[][] a, int k, double length) {
        int size = a.length;
        double[] v = new double[size];
        double squares = 0;
        for (int i = k + 1; i < size; i++) {
            v[i] = a[i][k] - (i == k + 1 ? length : 0);
            squares += v[i] * v[i];
        }
        double[] w = new double[size];
        double product = 0;
        for (int i = k + 1; i < size; i++) {
            double dot = 0;
            double[] row = a[i];
            for (int j = k + 1; j < size; j++) {
                dot += row[j] * v[j];
            }
            w[i] = 2 * dot / squares;
            product += w[i] * v[i];
        }
        for (int i = k + 1; i < size; i++) {
            w[i] -= product / squares * v[i];
        }
        for (int i = k + 1; i < size; i++) {
            double[] row = a[i];
            double vi = v[i];
            double wi = w[i];
            for (int j = k + 1; j < size; j++) {
                row[j] -= vi * w[j] + wi * v[j];
            }
        }
    }

    /// The eigenvalue that `below` others are below.
    private static double eigenvalue(int below, double[] diagonal, double[] beside, double largest) {
        double low = 0;
        double high = largest;
        for (int i = 0; i < HALVINGS && low < high; i++) {
            double middle = (low + high) / 2;
            if (countBelow(middle, diagonal, beside) > below) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    /// How many eigenvalues are below x: the negative pivots of the matrix less x (Sturm).
    private static int countBelow(double x, double[] diagonal, double[] beside) {
        int count = 0;
        double pivot = 1;
        for (int i = 0; i < diagonal.length; i++) {
            double coupling = i > 0 ? beside[i - 1] * beside[i - 1] : 0;
            pivot = diagonal[i] - x - coupling / (pivot == 0 ? Double.MIN_NORMAL : pivot);
            count += pivot < 0 ? 1 : 0;
        }
        return count;
    }
}
