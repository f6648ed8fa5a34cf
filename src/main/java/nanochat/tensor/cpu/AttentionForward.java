package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// Attention by blocks of queries: a block's scores against the keys that any of its queries sees are one matrix product, their exponentials
/// are taken while they are in the cache, and the softmax's denominators are divided out of the block's result.
final class AttentionForward {
    private static final int SCORES = Team.KERNEL_SCRATCH;
    private static final int WEIGHTS = Team.KERNEL_SCRATCH + 1;
    private static final int KEYS = Team.KERNEL_SCRATCH + 2;
    private static final int RESULT = Team.KERNEL_SCRATCH + 3;
    /// Far below any score, and far from where f32 ends.
    private static final float UNSEEN = -1e30f;

    private final Team team;

    AttentionForward(Team team) {
        this.team = team;
    }

    void run(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        boolean bf16 = q.dtype() == DType.BF16;
        team.run(shape.batch() * shape.heads(), (chunk, worker) -> {
            AttentionHead head = new AttentionHead(shape, bf16, chunk / shape.heads(), chunk % shape.heads());
            MemorySegment keys = head.pack(team, worker, KEYS, head.keysTransposed(), HostMemory.of(k), head.key(0));
            for (int first = 0; first < shape.queries(); first += head.block()) {
                int last = Math.min(shape.queries(), first + head.block());
                block(head, worker, first, last, out, logSumExp, q, keys, v);
            }
        });
    }

    /// The queries first..last-1.
    private void block(AttentionHead head, int worker, int first, int last, Tensor out, Tensor logSumExp, Tensor q,
            MemorySegment packedKeys,
            Tensor v) {
        AttentionShape shape = head.shape();
        // Packed keys are read from the beginning of a panel on.
        int firstKey = shape.firstKey(first) / Products.PANEL_COLUMNS * Products.PANEL_COLUMNS;
        int rows = last - first;
        int columns = shape.endKey(head.batch(), last - 1) - firstKey;
        int stride = AttentionHead.scoreStride(columns);
        int size = head.size();
        Scratch scratch = team.scratch(worker);
        Products products = team.products();
        MemorySegment scores = scratch.floats(SCORES, (long) rows * stride);
        products.run(worker, head.scores(rows, columns, head.queryStride()), HostMemory.of(q), head.query(first), packedKeys,
                products.packedElements(size, firstKey, head.bf16()), scores, 0);
        softmax(head, scores, first, last, firstKey, columns, HostMemory.of(logSumExp));
        MemorySegment weights = head.operand(scratch, WEIGHTS, scores, rows, columns);
        MemorySegment result = head.bf16() ? scratch.floats(RESULT, (long) rows * size) : HostMemory.of(out);
        long index = head.bf16() ? 0 : head.query(first);
        int resultStride = head.bf16() ? size : head.queryStride();
        products.run(worker, head.weighted(rows, columns, head.keyStride(), resultStride, false), weights, 0, HostMemory.of(v),
                head.key(firstKey), result, index);
        divide(head, first, last, scores, columns, result, index, resultStride, HostMemory.of(out));
    }

    private static void softmax(AttentionHead head, MemorySegment scores, int first, int last, int firstKey, int columns,
            MemorySegment logSumExp) {
        AttentionShape shape = head.shape();
        int stride = AttentionHead.scoreStride(columns);
        for (int query = first; query < last; query++) {
            int begin = shape.firstKey(query) - firstKey;
            int end = shape.endKey(head.batch(), query) - firstKey;
            float denominator = exponentials(scores, (long) (query - first) * stride, begin, end, columns, shape.scale());
            RowMath.put(logSumExp, head.logSumExp(query), denominator);
        }
    }

    /// Multiplies the rows of a block's result by what [#exponentials] left for them.
    private static void divide(AttentionHead head, int first, int last, MemorySegment scores, int columns, MemorySegment result, long index,
            int resultStride, MemorySegment out) {
        int stride = AttentionHead.scoreStride(columns);
        for (int query = first; query < last; query++) {
            float factor = RowMath.get(scores, (long) (query - first) * stride + columns);
            long row = index + (long) (query - first) * resultStride;
            if (head.bf16()) {
                RowMath.narrowScaled(out, head.query(query), result, row, factor, head.size());
            } else {
                RowMath.scale(result, row, result, row, factor, head.size());
            }
        }
    }

    /// In the columns begin..end-1 of a row of scores the exponentials of what they are below the largest, zero in all others; what their sum is
    /// to be divided by is left behind the last column. Whole vectors are taken, with what is not seen set so low that it adds nothing: rows
    /// end anywhere, and the last few elements one by one would take longer than all before them.
    ///
    /// @return the logarithm of the softmax's denominator
    private static float exponentials(MemorySegment scores, long row, int begin, int end, int columns, float scale) {
        int firstVector = Lanes.whole(begin);
        int lastVector = Lanes.whole(end + Lanes.WIDTH - 1);
        RowMath.fill(scores, row + firstVector, UNSEEN, begin - firstVector);
        RowMath.fill(scores, row + end, UNSEEN, lastVector - end);
        float shift = RowMath.maximum(scores, row + firstVector, lastVector - firstVector) * scale;
        float sum = RowMath.exponentials(scores, row + firstVector, scale, shift, lastVector - firstVector);
        RowMath.fill(scores, row, 0f, begin);
        RowMath.fill(scores, row + end, 0f, columns - end);
        RowMath.put(scores, row + columns, 1 / sum);
        return (float) (shift + Math.log(sum));
    }
}
