package nanochat.explain;

import java.util.Arrays;
import nanochat.model.Gpt;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;

/// What the model says after every token of a row: one forward pass of training.
///
/// @param tokens the row that it read
/// @param logits by position and token
record Predictions(int[] tokens, float[][] logits) {
    static Predictions of(Subject subject, int[] tokens) {
        Backend backend = subject.backend();
        int vocabulary = subject.config().vocabularySize();
        Gpt gpt = new Gpt(subject.parameters(), tokens.length);
        Tensor ids = backend.allocate(DType.I32, tokens.length);
        Tensor all = backend.allocate(DType.F32, tokens.length, vocabulary);
        backend.write(ids, tokens);
        gpt.logits(new Tape(backend, DType.F32), all, ids, 1, tokens.length);
        float[] flat = backend.read(all);
        float[][] logits = new float[tokens.length][];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Arrays.copyOfRange(flat, i * vocabulary, (i + 1) * vocabulary);
        }
        return new Predictions(tokens, logits);
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
