package nanochat.objective;

import java.util.Optional;
import nanochat.data.Batch;

/// A micro-batch of what a model sampled and what it was worth. All arrays but the shares have a place for each position of the batch, and are
/// read where it has a target: the tokens that the model chose itself. Prompts, tool outputs and padding have none.
///
/// @param batch rows of tokens, each target the token that follows
/// @param advantages of each target; those of one row are mostly the same
/// @param shares what a target of each row counts in the step's loss, see [Normalization]
/// @param oldLogProbabilities under the model that sampled them
/// @param referenceLogProbabilities under the model that this one should stay near to
public record Rollouts(Batch batch, float[] advantages, double[] shares, float[] oldLogProbabilities,
        Optional<float[]> referenceLogProbabilities) {
    public Rollouts {
        int positions = batch.rows() * batch.length();
        if (advantages.length != positions || oldLogProbabilities.length != positions || shares.length != batch.rows()
                || referenceLogProbabilities.isPresent() && referenceLogProbabilities.get().length != positions) {
            throw new IllegalArgumentException("rollouts of " + batch.rows() + " x " + batch.length()
                    + " tokens need as many advantages and log-probabilities, and a share for each row");
        }
    }

    double share(int position) {
        return shares[position / batch.length()];
    }

    boolean counts(int position) {
        return batch.targets()[position] != Batch.IGNORED;
    }
}
