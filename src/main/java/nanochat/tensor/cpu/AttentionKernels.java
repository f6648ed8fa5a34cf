package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// Attention by blocks of queries: a block's scores against the keys it sees are one matrix product, the softmax is taken while they are
/// in the cache, and no product touches keys that no query of the block sees. The backward pass takes the scores again instead of keeping them.
final class AttentionKernels {
    private static final int QUERIES = 128;
    private static final int SCORES = Team.KERNEL_SCRATCH;
    private static final int SCORE_GRADIENTS = Team.KERNEL_SCRATCH + 1;
    private static final int WEIGHTS = Team.KERNEL_SCRATCH + 2;
    private static final int WEIGHT_GRADIENTS = Team.KERNEL_SCRATCH + 3;
    private static final int KEY_GRADIENTS = Team.KERNEL_SCRATCH + 4;
    private static final int VALUE_GRADIENTS = Team.KERNEL_SCRATCH + 5;
    private static final int ROW_A = Team.KERNEL_SCRATCH + 6;
    private static final int ROW_B = Team.KERNEL_SCRATCH + 7;

    private final Team team;

    AttentionKernels(Team team) {
        this.team = team;
    }

    /// The block of queries q0..q1-1 of one row and head, and the keys k0..k1-1 that any of them sees.
    private record Block(AttentionShape shape, boolean bf16, int batch, int head, int q0, int q1, int k0, int k1) {
        static Block of(AttentionShape shape, boolean bf16, int batch, int head, int number) {
            int q0 = number * QUERIES;
            int q1 = Math.min(shape.queries(), q0 + QUERIES);
            return new Block(shape, bf16, batch, head, q0, q1, shape.firstKey(q0), shape.endKey(batch, q1 - 1));
        }

        int queries() {
            return q1 - q0;
        }

        int keys() {
            return k1 - k0;
        }

        /// The first of the block's keys that gets a gradient; k1 if none does.
        int firstLearned() {
            return Math.clamp(shape.firstLearnedKey(), k0, k1);
        }

        /// Keys from k0 on that come before those that the query at `position` sees.
        int hiddenBefore(int position) {
            return shape.firstKey(position) - k0;
        }

        /// Keys that the query at `position` sees.
        int visible(int position) {
            return shape.endKey(batch, position) - shape.firstKey(position);
        }

        int queryStride() {
            return shape.heads() * shape.headSize();
        }

        int keyStride() {
            return shape.kvHeads() * shape.headSize();
        }

        /// Index of this head's part of the query at `position`.
        long query(int position) {
            return ((long) batch * shape.queries() + position) * queryStride() + (long) head * shape.headSize();
        }

        /// Index of this head's part of the key or value at `position`.
        long key(int position) {
            return ((long) batch * shape.keys() + position) * keyStride() + kvColumn();
        }

        /// Index of this head's part of the gradient of the key or value at `position`.
        long keyGradient(int position) {
            return ((long) batch * shape.learnedKeys() + position - shape.firstLearnedKey()) * keyStride() + kvColumn();
        }

        private long kvColumn() {
            return (long) (head / (shape.heads() / shape.kvHeads())) * shape.headSize();
        }

        long logSumExp(int position) {
            return ((long) batch * shape.heads() + head) * shape.queries() + position;
        }

        /// [queries, keys] = a [queries, D] b [keys, D]^T, f32.
        ProductShape scores() {
            return new ProductShape(queries(), keys(), shape.headSize(), queryStride(), 1, 1, keyStride(), keys(), bf16, false, false);
        }

        /// [queries, D] = weights [queries, keys] b [keys, D], in the type of the inputs.
        ProductShape weighted() {
            return new ProductShape(queries(), shape.headSize(), keys(), keys(), 1, keyStride(), 1, queryStride(), bf16, bf16, false);
        }

        /// [learned keys, D] += weights [queries, learned keys]^T b [queries, D], f32, into rows of D.
        ProductShape gathered() {
            return new ProductShape(k1 - firstLearned(), shape.headSize(), queries(), 1, keys(), queryStride(), 1, shape.headSize(), bf16,
                    false, true);
        }
    }

    private static int blocks(AttentionShape shape) {
        return (shape.queries() + QUERIES - 1) / QUERIES;
    }

    void forward(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        boolean bf16 = q.dtype() == DType.BF16;
        team.run(shape.batch() * shape.heads(), (chunk, worker) -> {
            for (int number = 0; number < blocks(shape); number++) {
                Block block = Block.of(shape, bf16, chunk / shape.heads(), chunk % shape.heads(), number);
                forward(block, worker, out, logSumExp, q, k, v);
            }
        });
    }

    private void forward(Block block, int worker, Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v) {
        Scratch scratch = team.scratch(worker);
        int keys = block.keys();
        MemorySegment scores = scratch.floats(SCORES, (long) block.queries() * keys);
        MemorySegment weights = scratch.floats(WEIGHTS, (long) block.queries() * keys);
        float scale = block.shape.scale();
        team.products().run(worker, block.scores(), HostMemory.of(q), block.query(block.q0), HostMemory.of(k), block.key(block.k0),
                scores, 0);
        for (int position = block.q0; position < block.q1; position++) {
            long row = (long) (position - block.q0) * keys;
            long first = row + block.hiddenBefore(position);
            int visible = block.visible(position);
            float shift = RowMath.maximum(scores, first, visible) * scale;
            float sum = RowMath.exponentials(scores, first, scale, shift, visible);
            RowMath.put(HostMemory.of(logSumExp), block.logSumExp(position), (float) (shift + Math.log(sum)));
            storeWeights(block, position, weights, scores, 1 / sum);
        }
        team.products().run(worker, block.weighted(), weights, 0, HostMemory.of(v), block.key(block.k0), HostMemory.of(out),
                block.query(block.q0));
    }

    /// Writes the visible part of one row of `from`, scaled, as an operand of the next product, and zeros around it.
    private static void storeWeights(Block block, int position, MemorySegment to, MemorySegment from, float factor) {
        long row = (long) (position - block.q0) * block.keys();
        int before = block.hiddenBefore(position);
        int visible = block.visible(position);
        int after = block.keys() - before - visible;
        if (block.bf16) {
            RowMath.narrowScaled(to, row + before, from, row + before, factor, visible);
        } else {
            RowMath.scale(to, row + before, from, row + before, factor, visible);
        }
        int bytes = block.bf16 ? 2 : 4;
        to.asSlice(row * bytes, (long) before * bytes).fill((byte) 0);
        to.asSlice((row + before + visible) * bytes, (long) after * bytes).fill((byte) 0);
    }

    void backward(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v, Tensor out,
            Tensor logSumExp, AttentionShape shape) {
        boolean bf16 = q.dtype() == DType.BF16;
        int group = shape.heads() / shape.kvHeads();
        team.run(shape.batch() * shape.kvHeads(), (chunk, worker) -> {
            Scratch scratch = team.scratch(worker);
            int batch = chunk / shape.kvHeads();
            int kvHead = chunk % shape.kvHeads();
            long size = (long) shape.learnedKeys() * shape.headSize();
            MemorySegment keyGradients = scratch.floats(KEY_GRADIENTS, size).asSlice(0, size * 4).fill((byte) 0);
            MemorySegment valueGradients = scratch.floats(VALUE_GRADIENTS, size).asSlice(0, size * 4).fill((byte) 0);
            for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
                for (int number = 0; number < blocks(shape); number++) {
                    Block block = Block.of(shape, bf16, batch, head, number);
                    weightsAndGradients(block, worker, outGradient, q, k, v, out, logSumExp);
                    products(block, worker, qGradient, keyGradients, valueGradients, outGradient, q, k);
                }
            }
            storeGradient(Block.of(shape, bf16, batch, kvHead * group, 0), kGradient, keyGradients);
            storeGradient(Block.of(shape, bf16, batch, kvHead * group, 0), vGradient, valueGradients);
        });
    }

    /// Recomputes the softmax of a block (into WEIGHTS) and the gradient of its scores (into WEIGHT_GRADIENTS).
    private void weightsAndGradients(Block block, int worker, Tensor outGradient, Tensor q, Tensor k, Tensor v, Tensor out,
            Tensor logSumExp) {
        Scratch scratch = team.scratch(worker);
        int headSize = block.shape.headSize();
        long size = (long) block.queries() * block.keys();
        MemorySegment scores = scratch.floats(SCORES, size);
        MemorySegment gradients = scratch.floats(SCORE_GRADIENTS, size);
        MemorySegment weights = scratch.floats(WEIGHTS, size);
        MemorySegment weightGradients = scratch.floats(WEIGHT_GRADIENTS, size);
        float scale = block.shape.scale();
        team.products().run(worker, block.scores(), HostMemory.of(q), block.query(block.q0), HostMemory.of(k), block.key(block.k0),
                scores, 0);
        team.products().run(worker, block.scores(), HostMemory.of(outGradient), block.query(block.q0), HostMemory.of(v),
                block.key(block.k0), gradients, 0);
        MemorySegment rowA = scratch.floats(ROW_A, headSize);
        MemorySegment rowB = scratch.floats(ROW_B, headSize);
        for (int position = block.q0; position < block.q1; position++) {
            long first = (long) (position - block.q0) * block.keys() + block.hiddenBefore(position);
            int visible = block.visible(position);
            float shift = RowMath.get(HostMemory.of(logSumExp), block.logSumExp(position));
            RowMath.exponentials(scores, first, scale, shift, visible);
            loadHead(rowA, outGradient, block.query(position), headSize);
            loadHead(rowB, out, block.query(position), headSize);
            float mean = RowMath.dot(rowA, 0, rowB, 0, headSize);
            RowMath.softmaxBackward(gradients, first, scores, first, mean, scale, visible);
            storeWeights(block, position, weights, scores, 1f);
            storeWeights(block, position, weightGradients, gradients, 1f);
        }
    }

    private void products(Block block, int worker, Tensor qGradient, MemorySegment keyGradients, MemorySegment valueGradients,
            Tensor outGradient, Tensor q, Tensor k) {
        Scratch scratch = team.scratch(worker);
        long size = (long) block.queries() * block.keys();
        MemorySegment weights = scratch.floats(WEIGHTS, size);
        MemorySegment weightGradients = scratch.floats(WEIGHT_GRADIENTS, size);
        Products products = team.products();
        products.run(worker, block.weighted(), weightGradients, 0, HostMemory.of(k), block.key(block.k0), HostMemory.of(qGradient),
                block.query(block.q0));
        if (block.firstLearned() == block.k1) {
            return;
        }
        long column = block.firstLearned() - block.k0;
        long firstKey = (long) (block.firstLearned() - block.shape.firstLearnedKey()) * block.shape.headSize();
        products.run(worker, block.gathered(), weightGradients, column, HostMemory.of(q), block.query(block.q0), keyGradients, firstKey);
        products.run(worker, block.gathered(), weights, column, HostMemory.of(outGradient), block.query(block.q0), valueGradients,
                firstKey);
    }

    private static void loadHead(MemorySegment to, Tensor from, long index, int headSize) {
        if (from.dtype() == DType.BF16) {
            RowMath.widen(to, 0, HostMemory.of(from), index, headSize);
        } else {
            RowMath.scale(to, 0, HostMemory.of(from), index, 1f, headSize);
        }
    }

    /// Copies the collected gradient of one kv head to its place.
    private static void storeGradient(Block block, Tensor to, MemorySegment from) {
        int headSize = block.shape.headSize();
        int first = block.shape.firstLearnedKey();
        for (int key = first; key < block.shape.keys(); key++) {
            long index = (long) (key - first) * headSize;
            if (to.dtype() == DType.BF16) {
                RowMath.narrowScaled(HostMemory.of(to), block.keyGradient(key), from, index, 1f, headSize);
            } else {
                RowMath.scale(HostMemory.of(to), block.keyGradient(key), from, index, 1f, headSize);
            }
        }
    }
}
