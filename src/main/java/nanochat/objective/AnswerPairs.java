package nanochat.objective;

import nanochat.data.Batch;

/// A micro-batch of preferences: of each pair the chosen answer in an even row, and in the row after it the rejected one. Rows behind those of the last
/// pair only fill the batch.
///
/// @param batch with the tokens of the answers as targets, and nothing else
/// @param count how many pairs
/// @param reference the log-probability of each row's answer under the model that this one is held to, summed over its tokens
public record AnswerPairs(Batch batch, int count, double[] reference) {
    public AnswerPairs {
        if (count < 1 || 2 * count > batch.rows() || reference.length != batch.rows()) {
            throw new IllegalArgumentException(count + " pairs need two rows each, and a log-probability for every row; there are " + batch
                    .rows()
                    + " and " + reference.length);
        }
    }
}
