package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import nanochat.tensor.HostMemory;
import nanochat.tensor.MuonMatrix;
import nanochat.tensor.MuonStep;
import nanochat.tensor.PolarExpress;
import nanochat.tensor.Tensor;

/// Muon (docs/formulas.md#optimizer): a worker takes a whole matrix through all its steps, so that the matrix stays in its cache and the workers need not
/// wait for each other between the fifteen products of Polar Express. The products' inputs are bf16 or f32, everything else is f32. Ten of the
/// products are symmetric: of those only the blocks on and below the diagonal are computed.
final class MuonKernels {
    /// Side of a block of a symmetric product.
    private static final int BLOCK = 128;
    private static final float SMALLEST_NORM = 1e-6f;
    private static final float SMALLEST_VARIANCE = 1e-10f;
    private static final int X = Team.KERNEL_SCRATCH;
    private static final int X_OPERAND = Team.KERNEL_SCRATCH + 1;
    private static final int SQUARE = Team.KERNEL_SCRATCH + 2;
    private static final int SQUARE_OPERAND = Team.KERNEL_SCRATCH + 3;
    private static final int POLYNOMIAL = Team.KERNEL_SCRATCH + 4;
    private static final int POLYNOMIAL_OPERAND = Team.KERNEL_SCRATCH + 5;
    private static final int LINE = Team.KERNEL_SCRATCH + 6;

    private final Team team;
    private final boolean bf16;

    MuonKernels(Team team, boolean bf16) {
        this.team = team;
        this.bf16 = bf16;
    }

    /// The largest first, so that the workers finish together.
    void update(List<MuonMatrix> matrices, MuonStep step) {
        List<MuonMatrix> bySize = matrices.stream()
                .sorted(Comparator.comparingLong((MuonMatrix matrix) -> matrix.parameter().size()).reversed()).toList();
        team.run(bySize.size(), (chunk, worker) -> update(bySize.get(chunk), step, worker));
    }

    private void update(MuonMatrix matrix, MuonStep step, int worker) {
        Tensor parameter = matrix.parameter();
        int rows = parameter.rows();
        int columns = parameter.columns();
        MemorySegment x = team.scratch(worker).floats(X, parameter.size());
        nesterov(x, matrix, step.momentum());
        equilibrateRows(x, rows, columns);
        orthogonalise(x, rows, columns, worker);
        reduceVariance(x, rows, columns, HostMemory.of(matrix.secondMoment()), step.beta2(), worker);
        float learningRate = step.learningRate() * (float) Math.sqrt(Math.max(1, (double) rows / columns));
        MemorySegment weights = HostMemory.of(parameter);
        for (int row = 0; row < rows; row++) {
            long index = (long) row * columns;
            RowMath.cautiousUpdate(weights, index, x, index, learningRate, step.weightDecay(), columns);
        }
    }

    private static void nesterov(MemorySegment x, MuonMatrix matrix, float momentum) {
        MemorySegment gradient = HostMemory.of(matrix.gradient());
        MemorySegment buffer = HostMemory.of(matrix.momentum());
        int count = Math.toIntExact(matrix.gradient().size());
        RowMath.mix(buffer, 0, buffer, 0, momentum, gradient, 0, 1 - momentum, count);
        RowMath.mix(x, 0, gradient, 0, 1 - momentum, buffer, 0, momentum, count);
    }

    /// Scales every row to the mean row norm, and then the whole to a norm just below 1.
    private static void equilibrateRows(MemorySegment x, int rows, int columns) {
        double mean = Math.sqrt(squares(x, rows, columns) / rows);
        for (int row = 0; row < rows; row++) {
            long index = (long) row * columns;
            double norm = Math.sqrt(RowMath.dot(x, index, x, index, columns));
            RowMath.scale(x, index, x, index, (float) (mean / Math.max(norm, SMALLEST_NORM)), columns);
        }
        float factor = (float) (1 / (1.01 * Math.sqrt(squares(x, rows, columns)) + SMALLEST_NORM));
        RowMath.scale(x, 0, x, 0, factor, rows * columns);
    }

    /// Takes the singular values near 1 by polynomials in x, then scales x to the norm of an orthogonal matrix.
    private void orthogonalise(MemorySegment x, int rows, int columns, int worker) {
        Scratch scratch = team.scratch(worker);
        boolean tall = rows > columns;
        int side = Math.min(rows, columns);
        long size = (long) side * side;
        MemorySegment operand = scratch.floats(X_OPERAND, (long) rows * columns);
        MemorySegment square = scratch.floats(SQUARE, size);
        MemorySegment squareOperand = scratch.floats(SQUARE_OPERAND, size);
        MemorySegment polynomial = scratch.floats(POLYNOMIAL, size);
        MemorySegment polynomialOperand = scratch.floats(POLYNOMIAL_OPERAND, size);
        ProductShape gram = tall
                ? new ProductShape(side, side, rows, 1, columns, columns, 1, side, bf16, false, false)
                : new ProductShape(side, side, columns, columns, 1, 1, columns, side, bf16, false, false);
        ProductShape squared = new ProductShape(side, side, side, side, 1, side, 1, side, bf16, false, false);
        ProductShape step = tall
                ? new ProductShape(rows, columns, side, columns, 1, side, 1, columns, bf16, false, true)
                : new ProductShape(rows, columns, side, side, 1, columns, 1, columns, bf16, false, true);
        Products products = team.products();
        for (PolarExpress each : PolarExpress.STEPS) {
            copyAsOperand(operand, 0, x, 0, rows * columns);
            lowerBlocks(worker, gram, operand, square);
            copyAsSymmetricOperand(squareOperand, square, side);
            lowerBlocks(worker, squared, squareOperand, polynomial);
            for (int row = 0; row < side; row++) {
                long index = (long) row * side;
                RowMath.mix(polynomial, index, square, index, (float) each.b(), polynomial, index, (float) each.c(), lowerWidth(row, side));
            }
            copyAsSymmetricOperand(polynomialOperand, polynomial, side);
            RowMath.scale(x, 0, x, 0, (float) each.a(), rows * columns);
            products.run(worker, step, tall ? operand : polynomialOperand, 0, tall ? polynomialOperand : operand, 0, x, 0);
        }
        double norm = Math.sqrt(squares(x, rows, columns));
        RowMath.scale(x, 0, x, 0, (float) (Math.sqrt(side) / Math.max(norm, SMALLEST_NORM)), rows * columns);
    }

    /// The blocks on and below the diagonal of a product of `operand` with itself, or its transpose.
    private void lowerBlocks(int worker, ProductShape whole, MemorySegment operand, MemorySegment to) {
        int side = whole.m();
        for (int first = 0; first < side; first += BLOCK) {
            ProductShape shape = new ProductShape(side - first, Math.min(BLOCK, side - first), whole.k(), whole.aRowStride(),
                    whole.aColumnStride(), whole.bRowStride(), whole.bColumnStride(), side, bf16, false, false);
            team.products().run(worker, shape, operand, (long) first * whole.aRowStride(), operand, (long) first * whole.bColumnStride(),
                    to, (long) first * side + first);
        }
    }

    /// How many elements of a row are in the blocks on and below the diagonal.
    private static int lowerWidth(int row, int side) {
        return Math.min(side, (row / BLOCK + 1) * BLOCK);
    }

    /// What is above the diagonal blocks is copied from below them.
    private void copyAsSymmetricOperand(MemorySegment to, MemorySegment from, int side) {
        for (int row = 0; row < side; row++) {
            copyAsOperand(to, (long) row * side, from, (long) row * side, lowerWidth(row, side));
        }
        for (int row = 0; row < side; row++) {
            int width = lowerWidth(row, side);
            Panels.gather(to, (long) row * side + width, to, (long) width * side + row, side, bf16, side - width);
        }
    }

    private void copyAsOperand(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, int count) {
        if (bf16) {
            RowMath.narrowScaled(to, toIndex, from, fromIndex, 1f, count);
        } else {
            RowMath.scale(to, toIndex, from, fromIndex, 1f, count);
        }
    }

    /// NorMuon: evens out the sizes of the rows (of a tall or square matrix) or columns (of a wide one); the norm of all stays.
    private void reduceVariance(MemorySegment x, int rows, int columns, MemorySegment secondMoment, float beta2, int worker) {
        boolean byRow = rows >= columns;
        int lines = byRow ? rows : columns;
        int lineSize = byRow ? columns : rows;
        MemorySegment line = team.scratch(worker).floats(LINE, lines);
        lineSquares(line, x, rows, columns, byRow);
        double before = 0;
        double after = 0;
        for (int i = 0; i < lines; i++) {
            float squares = RowMath.get(line, i);
            float moment = RowMath.get(secondMoment, i) * beta2 + squares / lineSize * (1 - beta2);
            RowMath.put(secondMoment, i, moment);
            double factor = 1 / Math.sqrt(Math.max(moment, SMALLEST_VARIANCE));
            RowMath.put(line, i, (float) factor);
            before += squares;
            after += squares * factor * factor;
        }
        float common = (float) (Math.sqrt(before) / Math.max(Math.sqrt(after), SMALLEST_VARIANCE));
        RowMath.scale(line, 0, line, 0, common, lines);
        for (int row = 0; row < rows; row++) {
            long index = (long) row * columns;
            if (byRow) {
                RowMath.scale(x, index, x, index, RowMath.get(line, row), columns);
            } else {
                RowMath.multiply(x, index, line, 0, columns);
            }
        }
    }

    private static void lineSquares(MemorySegment line, MemorySegment x, int rows, int columns, boolean byRow) {
        if (!byRow) {
            RowMath.scale(line, 0, x, 0, 0f, columns);
        }
        for (int row = 0; row < rows; row++) {
            long index = (long) row * columns;
            if (byRow) {
                RowMath.put(line, row, RowMath.dot(x, index, x, index, columns));
            } else {
                RowMath.addSquares(line, 0, x, index, columns);
            }
        }
    }

    private static double squares(MemorySegment x, int rows, int columns) {
        double squares = 0;
        for (int row = 0; row < rows; row++) {
            long index = (long) row * columns;
            squares += RowMath.dot(x, index, x, index, columns);
        }
        return squares;
    }
}
