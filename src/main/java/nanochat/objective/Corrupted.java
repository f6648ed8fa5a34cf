package nanochat.objective;

import java.util.Arrays;
import nanochat.data.Batch;
import nanochat.tensor.Visibility;

/// A batch of which something is hidden: what the model is asked. All arrays are of the batch's order and size.
///
/// @param question what the model reads, and at each position that asks for a token that token; [Batch#IGNORED] elsewhere
/// @param importance how much the loss of each position counts beside the others; what stands where nothing is asked is not read
/// @param divisor of their sum, which makes it the batch's loss
/// @param scored of which token each loss tells something when text is measured, also where that loss is 0; [Batch#IGNORED] where of none
/// @param sight what each position sees, in all layers
public record Corrupted(Batch question, float[] importance, int divisor, int[] scored, Visibility sight) {
    public Corrupted {
        int count = question.inputs().length;
        if (importance.length != count || scored.length != count || divisor < 0) {
            throw new IllegalArgumentException(count + " positions need as many weights and tokens, got " + importance.length + " and "
                    + scored.length + ", over " + divisor);
        }
    }

    /// All that is asked counts alike, the batch's loss is its mean, and each loss tells of what is asked.
    static Corrupted alike(Batch question, Visibility sight) {
        float[] alike = new float[question.inputs().length];
        Arrays.fill(alike, 1);
        return new Corrupted(question, alike, question.validTargets(), question.targets(), sight);
    }

    /// What the loss of each position counts in the batch's.
    float[] weights() {
        float[] weights = new float[importance.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = importance[i] / divisor;
        }
        return weights;
    }
}
