package nanochat.eval;

import nanochat.data.Batch;
import nanochat.data.Batches;
import nanochat.objective.Objective;

/// How well a model compresses text, in a unit that does not depend on the tokenizer: bits the model needs per byte of text.
///
/// Special tokens (no bytes) and targets that do not count are left out of both sums.
///
/// @param nats sum of the losses
/// @param bytes sum of the bytes of the targets
/// @param tokens how many targets there were
public record BitsPerByte(double nats, long bytes, long tokens) {
    /// The measure of no text at all.
    static final BitsPerByte NOTHING = new BitsPerByte(0, 0, 0);

    /// nats / (ln 2 * bytes).
    public double value() {
        return nats / (Math.log(2) * bytes);
    }

    /// Measures a model on validation batches.
    ///
    /// @param tokenBytes per token id the bytes it stands for, see [nanochat.tokenizer.Tokenizer#tokenBytes()]
    /// @param afterEachBatch called now and then; what it throws ends the measurement
    public static BitsPerByte measure(Objective objective, Batches batches, int[] tokenBytes, Runnable afterEachBatch) {
        BitsPerByte[] sum = {NOTHING};
        objective.beginMeasuring();
        batches.forEach(batch -> {
            sum[0] = sum[0].plus(objective.scored(batch), objective.losses(batch), tokenBytes);
            afterEachBatch.run();
        });
        return sum[0];
    }

    /// With the losses of more targets.
    BitsPerByte plus(int[] targets, float[] losses, int[] tokenBytes) {
        double moreNats = 0;
        long moreBytes = 0;
        long moreTokens = 0;
        for (int i = 0; i < targets.length; i++) {
            if (targets[i] != Batch.IGNORED && tokenBytes[targets[i]] > 0) {
                moreNats += losses[i];
                moreBytes += tokenBytes[targets[i]];
                moreTokens++;
            }
        }
        return new BitsPerByte(nats + moreNats, bytes + moreBytes, tokens + moreTokens);
    }
}
