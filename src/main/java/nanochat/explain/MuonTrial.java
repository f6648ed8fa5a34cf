package nanochat.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.MuonMatrix;
import nanochat.tensor.MuonStep;
import nanochat.tensor.PolarExpress;
import nanochat.tensor.Tensor;

/// What Muon makes of a gradient, seen by its singular values. All lists of them begin with the largest of the gradient.
///
/// @param gradient its singular values, scaled to a norm just below 1 as Muon begins with it
/// @param evened the same after all rows were made equally long
/// @param steps what each of the polynomials makes of them, worked out for the numbers alone
/// @param promised what the whole must be in the end: the last of `steps`, scaled to the norm of an orthogonal matrix
/// @param factor that scaling
/// @param measured the singular values, largest first, of the matrix that training's own Muon made
record MuonTrial(double[] gradient, double[] evened, List<double[]> steps, double[] promised, double factor, double[] measured) {
    /// Keeps divisions by a norm finite.
    private static final double SMALLEST_NORM = 1e-6;

    /// Runs Muon on a gradient: one update of a matrix of zeros with no momentum, learning rate 1 and, so that the orthogonal matrix itself
    /// is seen, second moments that stay 1.
    static MuonTrial of(Backend backend, float[] gradient, int rows, int columns) {
        double[] before = begin(SingularValues.of(gradient, rows, columns));
        double[] evened = begin(SingularValues.of(rowsMadeEqual(gradient, rows, columns), rows, columns));
        List<double[]> steps = new ArrayList<>();
        double[] values = evened;
        for (PolarExpress step : PolarExpress.STEPS) {
            values = Arrays.stream(values).map(step::of).toArray();
            steps.add(values);
        }
        double factor = Math.sqrt(values.length) / norm(values);
        double[] promised = Arrays.stream(values).map(value -> value * factor).toArray();
        return new MuonTrial(before, evened, steps, promised, factor, SingularValues.of(update(backend, gradient, rows, columns), rows,
                columns));
    }

    private static float[] update(Backend backend, float[] values, int rows, int columns) {
        Tensor parameter = backend.allocate(DType.F32, rows, columns);
        Tensor gradient = backend.allocate(DType.F32, rows, columns);
        Tensor momentum = backend.allocate(DType.F32, rows, columns);
        Tensor secondMoment = backend.allocate(DType.F32, MuonMatrix.secondMomentSize(rows, columns));
        float[] ones = new float[Math.toIntExact(secondMoment.size())];
        Arrays.fill(ones, 1);
        backend.write(gradient, values);
        backend.write(secondMoment, ones);
        float rate = (float) (1 / Math.sqrt(Math.max(1, (double) rows / columns)));
        backend.muon(List.of(new MuonMatrix(parameter, gradient, momentum, secondMoment)), new MuonStep(rate, 0, 1, 0));
        return backend.read(parameter);
    }

    /// Every row gets the root mean square of the rows' norms.
    private static float[] rowsMadeEqual(float[] matrix, int rows, int columns) {
        double mean = ModelCopy.rootMeanSquare(matrix) * Math.sqrt(columns);
        float[] equal = new float[matrix.length];
        for (int row = 0; row < rows; row++) {
            double norm = ModelCopy.rootMeanSquare(Arrays.copyOfRange(matrix, row * columns, (row + 1) * columns)) * Math.sqrt(columns);
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                equal[i] = (float) (matrix[i] * (mean / Math.max(norm, SMALLEST_NORM)));
            }
        }
        return equal;
    }

    /// Scales the whole as it is before the first polynomial.
    private static double[] begin(double[] values) {
        double factor = 1 / (norm(values) / PolarExpress.LARGEST + SMALLEST_NORM);
        return Arrays.stream(values).map(value -> value * factor).toArray();
    }

    private static double norm(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
    }

    /// How far what was measured is from what was promised, at most.
    double apart() {
        double[] sorted = Arrays.stream(promised).map(value -> -value).sorted().map(value -> -value).toArray();
        double most = 0;
        for (int i = 0; i < sorted.length; i++) {
            most = Math.max(most, Math.abs(sorted[i] - measured[i]));
        }
        return most;
    }

    /// How many singular values are large enough to end up near 1.
    int strongerThan(double smallest) {
        return (int) Arrays.stream(evened).filter(value -> value >= smallest).count();
    }

    /// Whether all singular values that were at least `smallest` are within a band before the last scaling.
    ///
    /// @param rounding of products in f32
    boolean strongAreWithin(PolarExpress.Band band, double smallest, double rounding) {
        int[] order = IntStream.range(0, promised.length).boxed().sorted(Comparator.comparingDouble(i -> -promised[i])).mapToInt(i -> i)
                .toArray();
        return IntStream.range(0, order.length).filter(rank -> evened[order[rank]] >= smallest).mapToDouble(rank -> measured[rank] / factor)
                .allMatch(value -> value > band.lowest() - rounding && value < band.highest() + rounding);
    }

    /// How far a matrix X with these singular values is from orthogonal, where its norm is made that of one: the root mean square of those of
    /// X Xᵀ - I.
    static double fromOrthogonal(double[] values) {
        double scale = values.length / Arrays.stream(values).map(value -> value * value).sum();
        return Math.sqrt(Arrays.stream(values).map(value -> Math.pow(value * value * scale - 1, 2)).average().orElse(0));
    }

    /// How many of the largest it takes for this share of the sum of squares.
    static int directionsFor(double share, double[] values) {
        double whole = Arrays.stream(values).map(value -> value * value).sum();
        double sum = 0;
        int count = 0;
        while (count < values.length && sum < share * whole) {
            sum += values[count] * values[count];
            count++;
        }
        return count;
    }
}
