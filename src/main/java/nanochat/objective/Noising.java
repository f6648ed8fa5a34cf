package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;
import nanochat.data.Batch;
import nanochat.tensor.Visibility;

/// What gaussian diffusion asks (docs/objectives.md#gaussian-diffusion): every token behind the first of a row is seen through noise and asked for at its
/// own place. How much noise is not said here.
///
/// @param mask the id that stands where there is noise
record Noising(int mask) implements Corruption {
    @Override
    public Corrupted of(Batch batch, SplittableRandom random) {
        return Corrupted.alike(question(batch), new Visibility.BothDirections());
    }

    /// Nothing is drawn.
    Batch question(Batch batch) {
        int[] inputs = batch.inputs().clone();
        int[] targets = new int[inputs.length];
        Arrays.fill(targets, Batch.IGNORED);
        for (int row = 0; row < batch.rows(); row++) {
            for (int position : RowText.positions(batch, row)) {
                targets[position] = inputs[position];
                inputs[position] = mask;
            }
        }
        return new Batch(batch.rows(), batch.length(), inputs, targets);
    }
}
