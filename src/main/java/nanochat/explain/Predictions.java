package nanochat.explain;

import java.util.Arrays;
import nanochat.model.Gpt;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Watcher;

/// What the model says after every token of a row: one forward pass of training.
///
/// @param tokens the row that it read
/// @param logits by position and token
record Predictions(int[] tokens, float[][] logits) {
    static Predictions of(Subject subject, int[] tokens) {
        return of(subject, tokens, Watcher.NOBODY);
    }

    /// @param watcher sees what happens on the way
    static Predictions of(Subject subject, int[] tokens, Watcher watcher) {
        return ofFirst(subject, tokens, 1, tokens.length, watcher);
    }

    /// What it says in the first row of a batch of two.
    static Predictions inBatch(Subject subject, int[] tokens, int[] otherRow) {
        int[] both = Arrays.copyOf(tokens, 2 * tokens.length);
        System.arraycopy(otherRow, 0, both, tokens.length, tokens.length);
        return ofFirst(subject, both, 2, tokens.length, Watcher.NOBODY);
    }

    private static Predictions ofFirst(Subject subject, int[] tokens, int rows, int length, Watcher watcher) {
        Backend backend = subject.backend();
        int vocabulary = subject.config().vocabularySize();
        Gpt gpt = new Gpt(subject.parameters(), length);
        Tensor ids = backend.allocate(DType.I32, tokens.length);
        Tensor all = backend.allocate(DType.F32, tokens.length, vocabulary);
        backend.write(ids, tokens);
        gpt.logits(new Tape(backend, DType.F32, watcher), all, ids, rows, length);
        float[] flat = backend.read(all);
        float[][] logits = new float[length][];
        for (int i = 0; i < length; i++) {
            logits[i] = Arrays.copyOfRange(flat, i * vocabulary, (i + 1) * vocabulary);
        }
        return new Predictions(Arrays.copyOf(tokens, length), logits);
    }

    /// The natural logarithm of the probability that `token` follows position `position`.
    double logProbability(int position, int token) {
        float[] row = logits[position];
        double highest = row[likeliest(position)];
        double sum = 0;
        for (float logit : row) {
            sum += Math.exp(logit - highest);
        }
        return row[token] - highest - Math.log(sum);
    }

    int likeliest(int position) {
        float[] row = logits[position];
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }
}
