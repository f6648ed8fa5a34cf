package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// The three matrix products of a linear layer, split among the workers. The split depends on the shapes alone.
final class LinearKernels {
    /// Rows of a slice: large enough that packing the weights for it is cheap, small enough that a slice stays in a core's cache.
    private static final int SLICE_ROWS = 256;
    /// Rows of a weight gradient that one worker takes at a time, about.
    private static final int GRADIENT_ROWS = 192;

    private final Team team;

    LinearKernels(Team team) {
        this.team = team;
    }

    /// y (+)= x w^T.
    void forward(Tensor y, Tensor x, Tensor w, boolean accumulate) {
        int in = x.columns();
        int out = y.columns();
        slices(x.rows(), y, x, w, rows -> new ProductShape(rows, out, in, in, 1, 1, in, out, isBf16(x), isBf16(y), accumulate));
    }

    /// xGradient (+)= yGradient w.
    void backwardInput(Tensor xGradient, Tensor yGradient, Tensor w, boolean accumulate) {
        int in = xGradient.columns();
        int out = yGradient.columns();
        slices(yGradient.rows(), xGradient, yGradient, w,
                rows -> new ProductShape(rows, in, out, out, 1, in, 1, in, isBf16(yGradient), isBf16(xGradient), accumulate));
    }

    /// wGradient += yGradient^T x.
    void backwardWeight(Tensor wGradient, Tensor yGradient, Tensor x) {
        int in = x.columns();
        int out = yGradient.columns();
        int rows = x.rows();
        MemorySegment gradient = HostMemory.of(wGradient);
        MemorySegment from = HostMemory.of(yGradient);
        MemorySegment inputs = HostMemory.of(x);
        team.rows(out, gradientChunk(out), (first, last, worker) -> {
            ProductShape shape = new ProductShape(last - first, in, rows, 1, out, in, 1, in, isBf16(x), false, true);
            team.products().run(worker, shape, from, first, inputs, 0, gradient, (long) first * in);
        });
    }

    /// An even number of chunks, so that two workers finish together.
    private static int gradientChunk(int rows) {
        int chunks = Math.max(2, (rows / GRADIENT_ROWS + 1) / 2 * 2);
        return Math.max(1, (rows + chunks - 1) / chunks);
    }

    @FunctionalInterface
    private interface SliceShape {
        ProductShape of(int rows);
    }

    private void slices(int rows, Tensor to, Tensor from, Tensor w, SliceShape shapeOfSlice) {
        MemorySegment destination = HostMemory.of(to);
        MemorySegment source = HostMemory.of(from);
        MemorySegment weights = HostMemory.of(w);
        team.rows(rows, SLICE_ROWS, (first, last, worker) -> team.products().run(worker, shapeOfSlice.of(last - first), source,
                (long) first * from.columns(), weights, 0, destination, (long) first * to.columns()));
    }

    private static boolean isBf16(Tensor tensor) {
        return tensor.dtype() == DType.BF16;
    }
}
