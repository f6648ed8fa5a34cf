package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import nanochat.tensor.AttentionShape;

/// One head of one row of a batch: where its parts lie in the tensors of an attention, and the matrix products it is made of. Blocks of scores
/// are f32 and have rows of [#scoreStride] elements.
record AttentionHead(AttentionShape shape, boolean bf16, int batch, int head) {
    /// A row of a block of scores is a whole number of vectors, and one more: rows of a power of two would all lie in the same few sets of the
    /// cache.
    static int scoreStride(int count) {
        return Lanes.whole(count + Lanes.WIDTH - 1) + Lanes.WIDTH;
    }

    /// Queries or keys of a block of scores. Small blocks waste less where only a triangle of them is seen; but oneDNN rearranges bf16
    /// operands for every block.
    int block() {
        return bf16 ? 128 : 64;
    }

    int size() {
        return shape.headSize();
    }

    int queryStride() {
        return shape.heads() * size();
    }

    int keyStride() {
        return shape.kvHeads() * size();
    }

    /// Index of this head's part of a query.
    long query(int query) {
        return ((long) batch * shape.queries() + query) * queryStride() + (long) head * size();
    }

    /// Index of this head's part of a key or value.
    long key(int key) {
        return ((long) batch * shape.keys() + key) * keyStride() + kvColumn();
    }

    /// Index of this head's part of the gradient of a key or value that is learned.
    long keyGradient(int key) {
        return ((long) batch * shape.learnedKeys() + key - shape.firstLearnedKey()) * keyStride() + kvColumn();
    }

    private long kvColumn() {
        return (long) (head / (shape.heads() / shape.kvHeads())) * size();
    }

    long logSumExp(int query) {
        return ((long) batch * shape.heads() + head) * shape.queries() + query;
    }

    /// The columns of all queries [D, queries], as they lie in q and the gradient of the output.
    RightOperand queriesTransposed() {
        return new RightOperand(size(), shape.queries(), 1, queryStride(), bf16);
    }

    /// The columns of all keys [D, keys], as they lie in k and v.
    RightOperand keysTransposed() {
        return new RightOperand(size(), shape.keys(), 1, keyStride(), bf16);
    }

    /// [rows, columns] = a [rows, D] b [D, columns] with a packed b, f32, of queries (or keys) with their stride.
    ProductShape scores(int rows, int columns, int stride) {
        return ProductShape.ofPacked(rows, columns, size(), stride, 1, scoreStride(columns), bf16, false, false);
    }

    /// [rows, D] (+)= weights [rows, columns] b [columns, D], f32. The weights are a block of scores.
    ProductShape weighted(int rows, int columns, int bStride, int cStride, boolean accumulate) {
        return new ProductShape(rows, size(), columns, scoreStride(columns), 1, bStride, 1, cStride, bf16, false, accumulate);
    }

    /// [columns, D] += weights [rows, columns]^T b [rows, D], f32.
    ProductShape gathered(int rows, int columns, int bStride, int cStride) {
        return new ProductShape(columns, size(), rows, 1, scoreStride(columns), bStride, 1, cStride, bf16, false, true);
    }

    /// Packs the columns of a tensor for [#scores].
    MemorySegment pack(Team team, int worker, int piece, RightOperand operand, MemorySegment tensor, long index) {
        long elements = team.products().packedElements(operand.k(), operand.n(), bf16);
        MemorySegment packed = team.scratch(worker).bytes(piece, elements * (bf16 ? 2 : 4));
        team.products().pack(worker, operand, tensor, index, packed, 0);
        return packed;
    }

    /// The weights of a block as the products take them: as they are, or rounded into memory of their own.
    MemorySegment operand(Scratch scratch, int piece, MemorySegment weights, int rows, int columns) {
        if (!bf16) {
            return weights;
        }
        int stride = scoreStride(columns);
        MemorySegment rounded = scratch.bytes(piece, (long) rows * stride * 2);
        for (int row = 0; row < rows; row++) {
            RowMath.narrowScaled(rounded, (long) row * stride, weights, (long) row * stride, 1f, stride);
        }
        return rounded;
    }
}
