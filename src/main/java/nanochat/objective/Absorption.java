package nanochat.objective;

import java.util.SplittableRandom;
import nanochat.data.Batch;
import nanochat.tensor.Visibility;

/// Absorbing-state diffusion (docs/objectives.md#diffusion): of the L tokens of a row that stand behind its first, l are hidden, l evenly from 1 to
/// L, and each counts L/l, which is 1/t. So the expected loss is the bound that hiding each with probability t would give, with less noise: a count
/// does not scatter.
///
/// The l of a batch's rows are spread evenly, from a beginning that is drawn.
///
/// @param mask the id of the mask
record Absorption(int mask) implements Corruption {
    @Override
    public Corrupted of(Batch batch, SplittableRandom random) {
        return new BlockAbsorption(mask, batch.length()).hide(batch, random, new Visibility.BothDirections());
    }
}
