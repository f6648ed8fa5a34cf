package nanochat.bench;

import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tensor;

/// How fast a backend multiplies matrices of the shapes that training multiplies: rows of a micro-batch times the matrices of a block
/// of width 384, and a large square. The best of several rounds of the best shape is the machine's limit.
final class MatrixRate {
    private static final int[][] SHAPES = {{4096, 1536, 384}, {4096, 384, 1536}, {2048, 2048, 2048}};
    private static final int ROUNDS = 12;

    private final Backend backend;
    private final Tensor[][] operands = new Tensor[SHAPES.length][];
    private double best;

    MatrixRate(Backend backend, DType type) {
        this.backend = backend;
        for (int i = 0; i < SHAPES.length; i++) {
            int[] shape = SHAPES[i];
            operands[i] = new Tensor[]{backend.allocate(type, shape[0], shape[1]), backend.allocate(type, shape[0], shape[2]),
                backend.allocate(type, shape[1], shape[2])};
        }
    }

    /// Measures for a moment more and returns the best rate so far, in floating-point operations a second.
    double measure() {
        for (int i = 0; i < SHAPES.length; i++) {
            double flops = 2.0 * SHAPES[i][0] * SHAPES[i][1] * SHAPES[i][2];
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                backend.linear(operands[i][0], operands[i][1], operands[i][2], false);
                backend.finish();
                best = Math.max(best, flops / (System.nanoTime() - start) * 1e9);
            }
        }
        return best;
    }
}
