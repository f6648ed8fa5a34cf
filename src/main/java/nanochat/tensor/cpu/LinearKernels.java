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

    private static final int PACKED = 0;

    private final Team team;
    private final Scratch shared = new Scratch();

    LinearKernels(Team team) {
        this.team = team;
    }

    /// y (+)= x w^T.
    void forward(Tensor y, Tensor x, Tensor w, boolean accumulate) {
        int in = x.columns();
        int out = y.columns();
        MemorySegment packed = packed(new RightOperand(in, out, 1, in, isBf16(x)), w);
        slices(y, x, packed, rows -> ProductShape.ofPacked(rows, out, in, in, 1, out, isBf16(x), isBf16(y), accumulate));
    }

    /// xGradient (+)= yGradient w.
    void backwardInput(Tensor xGradient, Tensor yGradient, Tensor w, boolean accumulate) {
        int in = xGradient.columns();
        int out = yGradient.columns();
        MemorySegment packed = packed(new RightOperand(out, in, in, 1, isBf16(yGradient)), w);
        slices(xGradient, yGradient, packed,
                rows -> ProductShape.ofPacked(rows, in, out, out, 1, in, isBf16(yGradient), isBf16(xGradient), accumulate));
    }

    /// wGradient += yGradient^T x.
    void backwardWeight(Tensor wGradient, Tensor yGradient, Tensor x) {
        int in = x.columns();
        int out = yGradient.columns();
        int rows = x.rows();
        MemorySegment gradient = HostMemory.of(wGradient);
        MemorySegment from = HostMemory.of(yGradient);
        MemorySegment packed = packed(new RightOperand(rows, in, in, 1, isBf16(x)), x);
        team.rows(out, gradientChunk(out), (first, last, worker) -> {
            ProductShape shape = ProductShape.ofPacked(last - first, in, rows, 1, out, in, isBf16(x), false, true);
            team.products().run(worker, shape, from, first, packed, 0, gradient, (long) first * in);
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

    private void slices(Tensor to, Tensor from, MemorySegment packed, SliceShape shapeOfSlice) {
        MemorySegment destination = HostMemory.of(to);
        MemorySegment source = HostMemory.of(from);
        team.rows(from.rows(), SLICE_ROWS, (first, last, worker) -> team.products().run(worker, shapeOfSlice.of(last - first), source,
                (long) first * from.columns(), packed, 0, destination, (long) first * to.columns()));
    }

    /// The right operand of the slices' products, packed once for all of them.
    private MemorySegment packed(RightOperand operand, Tensor tensor) {
        long elements = team.products().packedElements(operand.k(), operand.n(), operand.bf16());
        MemorySegment packed = shared.bytes(PACKED, elements * tensor.dtype().bytes());
        team.pack(operand, HostMemory.of(tensor), packed);
        return packed;
    }

    private static boolean isBf16(Tensor tensor) {
        return tensor.dtype() == DType.BF16;
    }

    long allocatedBytes() {
        return shared.allocatedBytes();
    }

    void close() {
        shared.close();
    }
}
