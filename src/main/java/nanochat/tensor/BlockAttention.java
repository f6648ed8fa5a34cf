package nanochat.tensor;

import nanochat.tensor.Visibility.WholeAfterMemory;

/// Attention for diffusion in blocks (arXiv 2503.09573): each row of text is there twice, noisy and clean. A clean block sees the clean blocks up to
/// itself; a noisy block sees the clean blocks before it and itself, in both directions. Its keys are no range of the row's, so they are laid side by
/// side, block after block, in memory of their own: every block is then one attention with a memory, by the kernels of all others.
///
/// The tensors hold the noisy rows first and the clean rows behind them.
final class BlockAttention {
    private final Backend backend;
    private final TensorPool pool;
    private final AttentionShape clean;
    private final int size;

    /// @param clean of the clean rows, whose visibility is [Visibility.Blocks]; blocks fill the rows
    BlockAttention(Backend backend, TensorPool pool, AttentionShape clean) {
        if (!(clean.visibility() instanceof Visibility.Blocks(int blockSize)) || clean.queries() % blockSize != 0) {
            throw new IllegalArgumentException("blocks that fill rows of " + clean.queries() + " are wanted, got " + clean.visibility());
        }
        this.backend = backend;
        this.pool = pool;
        this.clean = clean;
        size = blockSize;
    }

    /// @param logSumExp F32 of as many elements as both halves have queries, times the heads
    void forward(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v) {
        int half = clean.batch() * clean.queries();
        backend.attention(rows(out, half, half), part(logSumExp, half, half), rows(q, half, half), rows(k, half, half), rows(v, half, half),
                clean);
        Tensor keys = pool.take(k.dtype(), clean.queries(), k.columns());
        Tensor values = pool.take(v.dtype(), clean.queries(), v.columns());
        for (int first = 0; first < half; first += size) {
            int before = first % clean.queries();
            layDown(keys, k, first);
            layDown(values, v, first);
            backend.attention(rows(out, first, size), part(logSumExp, first, size), rows(q, first, size), rows(keys, 0, before + size),
                    rows(
                            values, 0, before + size), noisy(before));
        }
        pool.giveBack(keys);
        pool.giveBack(values);
    }

    /// Replaces the three gradients.
    void backward(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v, Tensor out,
            Tensor logSumExp) {
        int half = clean.batch() * clean.queries();
        int length = clean.queries();
        backend.attentionBackward(rows(qGradient, half, half), rows(kGradient, half, half), rows(vGradient, half, half), rows(outGradient,
                half, half), rows(q, half, half), rows(k, half, half), rows(v, half, half), rows(out, half, half), part(logSumExp, half,
                        half), clean);
        Tensor keys = pool.take(k.dtype(), length, k.columns());
        Tensor values = pool.take(v.dtype(), length, v.columns());
        Gathered keyGradient = new Gathered(kGradient);
        Gathered valueGradient = new Gathered(vGradient);
        for (int first = 0; first < half; first += size) {
            int before = first % length;
            if (before == 0) {
                keyGradient.begin(half + first);
                valueGradient.begin(half + first);
            }
            layDown(keys, k, first);
            layDown(values, v, first);
            backend.attentionBackward(rows(qGradient, first, size), rows(keyGradient.block, 0, before + size), rows(valueGradient.block, 0,
                    before + size), rows(outGradient, first, size), rows(q, first, size), rows(keys, 0, before + size), rows(values, 0,
                            before
                                    + size), rows(out, first, size), part(logSumExp, first, size), noisy(before));
            keyGradient.add(first, before);
            valueGradient.add(first, before);
            if (before + size == length) {
                keyGradient.end(half + first - before);
                valueGradient.end(half + first - before);
            }
        }
        pool.giveBack(keys);
        pool.giveBack(values);
        keyGradient.giveBack();
        valueGradient.giveBack();
    }

    /// The gradients of the keys (or values) of one row: what each noisy block adds to the clean ones before it is summed in f32.
    private final class Gathered {
        private final Tensor gradient;
        private final Tensor block;
        private final Tensor widened;
        private final Tensor sums;
        private final Tensor one;

        Gathered(Tensor gradient) {
            this.gradient = gradient;
            block = pool.take(gradient.dtype(), clean.queries(), gradient.columns());
            widened = pool.take(DType.F32, clean.queries(), gradient.columns());
            sums = pool.take(DType.F32, clean.queries(), gradient.columns());
            one = pool.take(DType.F32, 1);
            backend.write(one, new float[]{1});
        }

        /// @param cleanRow where the clean row begins, which has its own gradient already
        void begin(int cleanRow) {
            backend.convert(sums, rows(gradient, cleanRow, clean.queries()));
        }

        /// @param first of the noisy block
        /// @param before keys that it sees before its own
        void add(int first, int before) {
            backend.copyRows(gradient, first, block, before, size, 1);
            if (before > 0) {
                Tensor wide = rows(widened, 0, before);
                backend.convert(wide, rows(block, 0, before));
                Tensor sum = rows(sums, 0, before);
                backend.mix(sum, sum, wide, one, one, 0);
            }
        }

        void end(int cleanRow) {
            backend.convert(rows(gradient, cleanRow, clean.queries()), sums);
        }

        void giveBack() {
            pool.giveBack(block);
            pool.giveBack(widened);
            pool.giveBack(sums);
            pool.giveBack(one);
        }
    }

    /// Behind the clean blocks of earlier calls comes the one before this, and then this one, noisy.
    private void layDown(Tensor to, Tensor from, int first) {
        int before = first % clean.queries();
        if (before > 0) {
            backend.copyRows(to, before - size, from, clean.batch() * clean.queries() + first - size, size, 1);
        }
        backend.copyRows(to, before, from, first, size, 1);
    }

    private AttentionShape noisy(int before) {
        return new AttentionShape(1, size, clean.heads(), clean.kvHeads(), clean.headSize(), new WholeAfterMemory(before));
    }

    /// The log-sums of some rows, whatever their order among themselves.
    private Tensor part(Tensor logSumExp, int first, int count) {
        return rows(logSumExp, first, count);
    }

    private static Tensor rows(Tensor matrix, int from, int count) {
        long rowBytes = (long) matrix.columns() * matrix.dtype().bytes();
        return new Tensor(matrix.dtype(), matrix.memory().slice(from * rowBytes, count * rowBytes), count, matrix.columns());
    }
}
