package nanochat.explain;

import nanochat.engine.kernel.Rows;

/// What a model says about the next token, as whole numbers for an arithmetic coder: token i has those from `starts[i]` to before `starts[i + 1]`.
/// The same logits give the same numbers on every machine: [StrictMath], and sums in the order of the tokens.
///
/// @param starts by token, and the sum of all at the end
record TokenFrequencies(int[] starts) {
    /// What the probabilities are divided into; every token gets one more, so that none is impossible.
    private static final int PARTS = 1 << 24;

    static TokenFrequencies of(Rows logits, int row) {
        int vocabulary = logits.width();
        float largest = logits.get(row, logits.argmax(row));
        double[] weights = new double[vocabulary];
        double sum = 0;
        for (int token = 0; token < vocabulary; token++) {
            weights[token] = StrictMath.exp((double) logits.get(row, token) - largest);
            sum += weights[token];
        }
        int[] starts = new int[vocabulary + 1];
        for (int token = 0; token < vocabulary; token++) {
            starts[token + 1] = starts[token] + 1 + (int) (PARTS * (weights[token] / sum));
        }
        return new TokenFrequencies(starts);
    }

    long total() {
        return starts[starts.length - 1];
    }

    void encode(int token, ArithmeticEncoder encoder) {
        encoder.encode(starts[token], starts[token + 1], total());
    }

    int decode(ArithmeticDecoder decoder) {
        long target = decoder.target(total());
        int low = 0;
        int high = starts.length - 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (starts[middle] <= target) {
                low = middle;
            } else {
                high = middle;
            }
        }
        decoder.take(starts[low], starts[low + 1], total());
        return low;
    }
}
