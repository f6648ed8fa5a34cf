package nanochat.objective;

import nanochat.data.Batch;

/// A micro-batch of preferences: of each pair the chosen answer in an even row, and in the row after it the rejected one.
///
/// @param batch with the tokens of the answers as targets, and nothing else
/// @param reference the log-probability of each row's answer under the model that this one is held to, summed over its tokens
public record AnswerPairs(Batch batch, double[] reference) {
    public AnswerPairs {
        if (batch.rows() % 2 != 0 || reference.length != batch.rows()) {
            throw new IllegalArgumentException("pairs need an even number of rows and a log-probability for each, got " + batch.rows()
                    + " and " + reference.length);
        }
    }

    /// How many.
    public int count() {
        return batch.rows() / 2;
    }
}
