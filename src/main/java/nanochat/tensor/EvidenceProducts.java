package nanochat.tensor;

import java.util.Optional;

/// What evidence is multiplied with, a few rows of scores at a time: those of all positions never exist together.
final class EvidenceProducts {
    /// Scores of a chunk, 16 MB.
    private static final int CHUNK = 1 << 22;
    private static final int MOST_ROWS = 512;

    private final Backend backend;
    private final TensorPool pool;
    private final Evidence evidence;
    private final int rows;

    EvidenceProducts(Backend backend, TensorPool pool, Evidence evidence) {
        this.backend = backend;
        this.pool = pool;
        this.evidence = evidence;
        rows = Math.min(evidence.positions(), Math.clamp(CHUNK / evidence.tokens(), 1, MOST_ROWS));
    }

    /// Some positions, and memory for their scores.
    @FunctionalInterface
    private interface Chunk {
        void run(int first, int count, Tensor scores);
    }

    private void chunks(Chunk chunk) {
        Tensor scores = pool.take(DType.F32, rows, evidence.tokens());
        for (int first = 0; first < evidence.positions(); first += rows) {
            int count = Math.min(rows, evidence.positions() - first);
            chunk.run(first, count, scores.rows(0, count));
        }
        pool.giveBack(scores);
    }

    /// scores (+)= vectors codes^T.
    private void score(int first, Tensor scores, boolean accumulate) {
        backend.linear(scores, evidence.vectors().rows(first, scores.rows()), evidence.codes(), accumulate);
    }

    /// out [N, C] = softmax(vectors codes^T) table, of the table's first K rows.
    void embed(Tensor out, Tensor table) {
        Tensor own = table.rows(0, evidence.tokens());
        chunks((first, count, scores) -> {
            score(first, scores, false);
            backend.softmax(scores);
            backend.linearBackwardInput(out.rows(first, count), scores, own, false);
        });
    }

    /// tableGradient += softmax(vectors codes^T)^T outGradient.
    void embedBackward(Tensor tableGradient, Tensor outGradient) {
        Tensor own = tableGradient.rows(0, evidence.tokens());
        chunks((first, count, scores) -> {
            score(first, scores, false);
            backend.softmax(scores);
            backend.linearBackwardWeight(own, scores, outGradient.rows(first, count));
        });
    }

    /// means [N, D] = softmax(softcap(x w^T) + vectors codes^T) codes.
    void expected(Tensor means, Tensor x, Tensor w) {
        chunks((first, count, scores) -> {
            backend.logits(scores, x.rows(first, count), w);
            score(first, scores, true);
            backend.softmax(scores);
            backend.linearBackwardInput(means.rows(first, count), scores, evidence.codes(), false);
        });
    }

    /// losses [N] = cross entropies of softmax(softcap(x w^T) + vectors codes^T), and the gradients of weight * sum(losses): replaces xGradient, adds to
    /// wGradient.
    ///
    /// @param operandType of the products that gradients are made by
    void crossEntropyWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w, Tensor targets,
            float weight, DType operandType) {
        int tokens = evidence.tokens();
        Tensor logits = pool.take(DType.F32, rows, tokens);
        Tensor rounded = operandType == DType.F32 ? logits : pool.take(operandType, rows, tokens);
        chunks((first, count, scores) -> {
            Tensor own = x.rows(first, count);
            Tensor slopes = logits.rows(0, count);
            backend.logits(slopes, own, w);
            backend.convert(scores, slopes);
            score(first, scores, true);
            backend.crossEntropyOfScores(part(losses, first, count), slopes, scores, part(targets, first, count), weight);
            Tensor operand = rounded.rows(0, count);
            if (rounded != logits) {
                backend.convert(operand, slopes);
            }
            xGradient.ifPresent(gradient -> backend.linearBackwardInput(gradient.rows(first, count), operand, w.rows(0, tokens), false));
            wGradient.ifPresent(gradient -> backend.linearBackwardWeight(gradient.rows(0, tokens), operand, own));
        });
        if (rounded != logits) {
            pool.giveBack(rounded);
        }
        pool.giveBack(logits);
    }

    private static Tensor part(Tensor vector, int first, int count) {
        int bytes = vector.dtype().bytes();
        return new Tensor(vector.dtype(), vector.memory().slice((long) first * bytes, (long) count * bytes), count);
    }
}
