package nanochat.objective;

import java.util.SplittableRandom;
import nanochat.data.Batch;

/// What is hidden of a batch, and what is asked about it: all in which the objectives differ that are trained on corrupted text.
@FunctionalInterface
interface Corruption {
    /// @param batch of whole text, each token the target of the one before it
    /// @param random decides what is hidden, and nothing else does
    Corrupted of(Batch batch, SplittableRandom random);
}
