package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import nanochat.data.Batch;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tensor;

/// The rows of a micro-batch that have a target and a weight, moved together: in fine-tuning the assistant's tokens alone count, and the
/// products with lm_head need not be made for the others. Rows without a target fill up to a multiple, so that few shapes of products
/// have to be prepared.
final class CountedRows {
    private static final int MULTIPLE = 128;
    private static final int X = 0;
    private static final int X_GRADIENT = 1;
    private static final int TARGETS = 2;
    private static final int LOSSES = 3;
    private static final int WEIGHTS = 4;

    private final Scratch memory = new Scratch();
    private int[] numbers = new int[0];
    private int count;
    private int filled;

    /// Finds the rows that count.
    ///
    /// @return whether there are so few that moving them is worth it
    boolean find(Tensor targets, LossWeights weights) {
        MemorySegment all = HostMemory.of(targets);
        int rows = Math.toIntExact(targets.size());
        if (numbers.length < rows) {
            numbers = new int[rows];
        }
        count = 0;
        for (int row = 0; row < rows; row++) {
            if (all.getAtIndex(JAVA_INT, row) != Batch.IGNORED && RowWeights.counts(weights, row)) {
                numbers[count++] = row;
            }
        }
        filled = Math.max(1, Team.chunks(count, MULTIPLE)) * MULTIPLE;
        return filled <= rows - rows / 8;
    }

    /// The rows of x that count, then zeros.
    Tensor x(Tensor x) {
        long rowBytes = (long) x.columns() * x.dtype().bytes();
        MemorySegment from = HostMemory.of(x);
        MemorySegment to = memory.bytes(X, x.bytes());
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(from, numbers[i] * rowBytes, to, i * rowBytes, rowBytes);
        }
        to.asSlice(count * rowBytes, (filled - count) * rowBytes).fill((byte) 0);
        return new Tensor(x.dtype(), new HostMemory(to), filled, x.columns());
    }

    /// Their targets, then none.
    Tensor targets(Tensor targets) {
        MemorySegment from = HostMemory.of(targets);
        MemorySegment to = memory.bytes(TARGETS, targets.bytes());
        for (int i = 0; i < filled; i++) {
            to.setAtIndex(JAVA_INT, i, i < count ? from.getAtIndex(JAVA_INT, numbers[i]) : Batch.IGNORED);
        }
        return new Tensor(DType.I32, new HostMemory(to), filled);
    }

    /// Their weights.
    LossWeights weights(LossWeights weights) {
        return switch (weights) {
            case LossWeights.Uniform alike -> alike;
            case LossWeights.PerPosition(Tensor each) -> {
                MemorySegment from = HostMemory.of(each);
                MemorySegment to = memory.bytes(WEIGHTS, each.bytes());
                for (int i = 0; i < filled; i++) {
                    RowMath.put(to, i, i < count ? RowMath.get(from, numbers[i]) : 0f);
                }
                yield new LossWeights.PerPosition(new Tensor(DType.F32, new HostMemory(to), filled));
            }
        };
    }

    /// A place for their losses.
    Tensor losses(Tensor losses) {
        return new Tensor(DType.F32, new HostMemory(memory.bytes(LOSSES, losses.bytes())), filled);
    }

    /// A place for their gradients.
    Tensor xGradient(Tensor xGradient) {
        return new Tensor(DType.F32, new HostMemory(memory.bytes(X_GRADIENT, xGradient.bytes())), filled, xGradient.columns());
    }

    /// Moves the rows of `counted` back to where they came from in `all`, whose other rows become zero.
    void moveBack(Tensor counted, Tensor all) {
        long rowBytes = counted.bytes() / filled;
        MemorySegment from = HostMemory.of(counted);
        MemorySegment to = HostMemory.of(all);
        to.asSlice(0, all.bytes()).fill((byte) 0);
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(from, i * rowBytes, to, numbers[i] * rowBytes, rowBytes);
        }
    }

    long allocatedBytes() {
        return memory.allocatedBytes();
    }

    void close() {
        memory.close();
    }
}
