package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// The gradients of attention by blocks of keys. The scores of a block are taken again instead of being kept, and transposed: one row for each
/// key. So the gradients of keys and values are plain products, whole when the block is done, and only that of the queries is added up
/// block after block.
final class AttentionBackward {
    private static final int SCORES = Team.KERNEL_SCRATCH;
    private static final int SCORE_GRADIENTS = Team.KERNEL_SCRATCH + 1;
    private static final int WEIGHTS = Team.KERNEL_SCRATCH + 2;
    private static final int WEIGHT_GRADIENTS = Team.KERNEL_SCRATCH + 3;
    private static final int QUERIES = Team.KERNEL_SCRATCH + 4;
    private static final int OUT_GRADIENTS = Team.KERNEL_SCRATCH + 5;
    private static final int DENOMINATORS = Team.KERNEL_SCRATCH + 6;
    private static final int MEANS = Team.KERNEL_SCRATCH + 7;
    private static final int QUERY_SUMS = Team.KERNEL_SCRATCH + 8;
    private static final int KEY_SUMS = Team.KERNEL_SCRATCH + 9;
    private static final int VALUE_SUMS = Team.KERNEL_SCRATCH + 10;
    private static final int ROW_A = Team.KERNEL_SCRATCH + 11;
    private static final int ROW_B = Team.KERNEL_SCRATCH + 12;

    private final Team team;

    AttentionBackward(Team team) {
        this.team = team;
    }

    /// Where a gradient of one head is added up in f32: where it belongs, or in scratch memory if it is to be bf16.
    private record Sums(MemorySegment memory, long first, int stride) {
        long row(int row) {
            return first + (long) row * stride;
        }
    }

    /// The tensors of one attention.
    private record Operands(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v,
            Tensor out,
            Tensor logSumExp) {}

    /// What all blocks of a head read.
    ///
    /// @param denominators for every query the binary logarithm of its softmax's denominator, negative
    /// @param means        for every query the mean of its weights' gradients, weighted by the weights; negative and scaled like the scores
    private record Prepared(MemorySegment queries, MemorySegment outGradients, MemorySegment denominators, MemorySegment means) {}

    void run(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v, Tensor out,
            Tensor logSumExp, AttentionShape shape) {
        Operands operands = new Operands(qGradient, kGradient, vGradient, outGradient, q, k, v, out, logSumExp);
        boolean bf16 = q.dtype() == DType.BF16;
        int group = shape.heads() / shape.kvHeads();
        team.run(shape.batch() * shape.kvHeads(), (chunk, worker) -> {
            int firstHead = chunk % shape.kvHeads() * group;
            for (int i = 0; i < group; i++) {
                AttentionHead head = new AttentionHead(shape, bf16, chunk / shape.kvHeads(), firstHead + i);
                head(head, worker, operands, i > 0, i == group - 1);
            }
        });
    }

    private void head(AttentionHead head, int worker, Operands operands, boolean accumulate, boolean last) {
        AttentionShape shape = head.shape();
        Scratch scratch = team.scratch(worker);
        Sums querySums = sums(head, scratch, QUERY_SUMS, operands.qGradient, head.query(0), head.queryStride(), shape.queries());
        long firstKey = head.keyGradient(shape.firstLearnedKey());
        Sums keySums = sums(head, scratch, KEY_SUMS, operands.kGradient, firstKey, head.keyStride(), shape.learnedKeys());
        Sums valueSums = sums(head, scratch, VALUE_SUMS, operands.vGradient, firstKey, head.keyStride(), shape.learnedKeys());
        Prepared prepared = prepare(head, worker, operands);
        for (int query = 0; query < shape.queries(); query++) {
            RowMath.fill(querySums.memory, querySums.row(query), 0f, head.size());
        }
        for (int first = 0, end; first < shape.keys(); first = end) {
            // no block has keys that are learned and keys that are not
            int limit = first < shape.firstLearnedKey() ? shape.firstLearnedKey() : shape.keys();
            end = Math.min(limit, first + head.block());
            block(head, worker, first, end, operands, prepared, querySums, keySums, valueSums, accumulate);
        }
        if (head.bf16()) {
            store(querySums, operands.qGradient, head.query(0), head.queryStride(), shape.queries(), head.size());
            if (last) {
                store(keySums, operands.kGradient, firstKey, head.keyStride(), shape.learnedKeys(), head.size());
                store(valueSums, operands.vGradient, firstKey, head.keyStride(), shape.learnedKeys(), head.size());
            }
        }
    }

    private static Sums sums(AttentionHead head, Scratch scratch, int piece, Tensor gradient, long first, int stride, int rows) {
        return head.bf16()
                ? new Sums(scratch.floats(piece, (long) rows * head.size()), 0, head.size())
                : new Sums(HostMemory.of(gradient), first, stride);
    }

    private static void store(Sums sums, Tensor gradient, long first, int stride, int rows, int size) {
        for (int row = 0; row < rows; row++) {
            RowMath.narrowScaled(HostMemory.of(gradient), first + (long) row * stride, sums.memory, sums.row(row), 1f, size);
        }
    }

    private Prepared prepare(AttentionHead head, int worker, Operands operands) {
        AttentionShape shape = head.shape();
        Scratch scratch = team.scratch(worker);
        MemorySegment queries = head.pack(team, worker, QUERIES, head.queriesTransposed(), HostMemory.of(operands.q), head.query(0));
        MemorySegment outGradients = head.pack(team, worker, OUT_GRADIENTS, head.queriesTransposed(), HostMemory.of(operands.outGradient),
                head.query(0));
        int stride = AttentionHead.scoreStride(shape.queries());
        MemorySegment denominators = scratch.floats(DENOMINATORS, stride);
        MemorySegment means = scratch.floats(MEANS, stride);
        RowMath.scale(denominators, 0, HostMemory.of(operands.logSumExp), head.logSumExp(0), -Lanes.LOG2_E, shape.queries());
        for (int query = 0; query < shape.queries(); query++) {
            RowMath.put(means, query, -shape.scale() * mean(head, scratch, query, HostMemory.of(operands.outGradient), HostMemory.of(
                    operands.out)));
        }
        return new Prepared(queries, outGradients, denominators, means);
    }

    private static float mean(AttentionHead head, Scratch scratch, int query, MemorySegment outGradient, MemorySegment out) {
        long index = head.query(query);
        if (!head.bf16()) {
            return RowMath.dot(outGradient, index, out, index, head.size());
        }
        MemorySegment rowA = scratch.floats(ROW_A, head.size());
        MemorySegment rowB = scratch.floats(ROW_B, head.size());
        RowMath.widen(rowA, 0, outGradient, index, head.size());
        RowMath.widen(rowB, 0, out, index, head.size());
        return RowMath.dot(rowA, 0, rowB, 0, head.size());
    }

    /// The keys first..end-1 against all queries that see any of them.
    private void block(AttentionHead head, int worker, int first, int end, Operands operands, Prepared prepared, Sums querySums,
            Sums keySums,
            Sums valueSums, boolean accumulate) {
        AttentionShape shape = head.shape();
        boolean learned = first >= shape.firstLearnedKey();
        int sumRow = first - shape.firstLearnedKey();
        // Packed queries are read from the beginning of a panel on.
        int firstQuery = shape.firstQuery(head.batch(), first) / Products.PANEL_COLUMNS * Products.PANEL_COLUMNS;
        int columns = shape.endQuery(end - 1) - firstQuery;
        if (columns <= 0) {
            for (int key = first; learned && !accumulate && key < end; key++) {
                RowMath.fill(keySums.memory, keySums.row(sumRow + key - first), 0f, head.size());
                RowMath.fill(valueSums.memory, valueSums.row(sumRow + key - first), 0f, head.size());
            }
            return;
        }
        int rows = end - first;
        int stride = AttentionHead.scoreStride(columns);
        Scratch scratch = team.scratch(worker);
        Products products = team.products();
        MemorySegment scores = scratch.floats(SCORES, (long) rows * stride);
        MemorySegment gradients = scratch.floats(SCORE_GRADIENTS, (long) rows * stride);
        long panel = products.packedElements(head.size(), firstQuery, head.bf16());
        ProductShape scoresShape = head.scores(rows, columns, head.keyStride());
        products.run(worker, scoresShape, HostMemory.of(operands.k), head.key(first), prepared.queries, panel, scores, 0);
        products.run(worker, scoresShape, HostMemory.of(operands.v), head.key(first), prepared.outGradients, panel, gradients, 0);
        softmaxBackward(head, scores, gradients, first, end, firstQuery, columns, prepared);
        MemorySegment weights = head.operand(scratch, WEIGHTS, scores, rows, columns);
        MemorySegment weightGradients = head.operand(scratch, WEIGHT_GRADIENTS, gradients, rows, columns);
        if (learned) {
            ProductShape weighted = head.weighted(rows, columns, head.queryStride(), keySums.stride, accumulate);
            products.run(worker, weighted, weights, 0, HostMemory.of(operands.outGradient), head.query(firstQuery), valueSums.memory,
                    valueSums.row(sumRow));
            products.run(worker, weighted, weightGradients, 0, HostMemory.of(operands.q), head.query(firstQuery), keySums.memory,
                    keySums.row(sumRow));
        }
        products.run(worker, head.gathered(rows, columns, head.keyStride(), querySums.stride), weightGradients, 0, HostMemory.of(
                operands.k),
                head.key(first), querySums.memory, querySums.row(firstQuery));
    }

    private static void softmaxBackward(AttentionHead head, MemorySegment scores, MemorySegment gradients, int first, int end,
            int firstQuery,
            int columns, Prepared prepared) {
        AttentionShape shape = head.shape();
        int stride = AttentionHead.scoreStride(columns);
        for (int key = first; key < end; key++) {
            int begin = shape.firstQuery(head.batch(), key) - firstQuery;
            int last = Math.max(begin, shape.endQuery(key) - firstQuery);
            weights(scores, gradients, (long) (key - first) * stride, begin, last, columns, prepared, firstQuery, shape.scale());
        }
    }

    /// Turns one row of scores into weights and one of the weights' gradients into those of the scores: in the columns begin..end-1, and zero in
    /// all others. Whole vectors are taken: what they hold of others is set to zero afterwards.
    private static void weights(MemorySegment scores, MemorySegment gradients, long row, int begin, int end, int columns, Prepared prepared,
            int firstQuery, float scale) {
        int firstVector = Lanes.whole(begin);
        int lastVector = Lanes.whole(end + Lanes.WIDTH - 1);
        RowMath.softmaxBackward(scores, gradients, row + firstVector, prepared.denominators, prepared.means, firstQuery + firstVector,
                scale,
                lastVector - firstVector);
        RowMath.fill(scores, row, 0f, begin);
        RowMath.fill(scores, row + end, 0f, columns - end);
        RowMath.fill(gradients, row, 0f, begin);
        RowMath.fill(gradients, row + end, 0f, columns - end);
    }
}
