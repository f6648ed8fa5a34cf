package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;
import nanochat.data.Batch;
import nanochat.tensor.Visibility;

/// Of each row a fixed share of the tokens is replaced by the mask, and asked for at its own place (docs/objectives.md#masked). Special tokens are
/// never hidden.
///
/// @param rate share of a row's tokens, rounded; never fewer than one
/// @param mask the id of the mask
/// @param firstSpecial ordinary tokens have ids below it
record Masking(double rate, int mask, int firstSpecial) implements Corruption {
    @Override
    public Corrupted of(Batch batch, SplittableRandom random) {
        int[] inputs = batch.inputs().clone();
        int[] targets = new int[inputs.length];
        Arrays.fill(targets, Batch.IGNORED);
        for (int row = 0; row < batch.rows(); row++) {
            int[] words = Arrays.stream(RowText.positions(batch, row)).filter(i -> batch.inputs()[i] < firstSpecial).toArray();
            int hidden = Math.min(words.length, Math.max(1, (int) Math.round(rate * words.length)));
            Draws.select(words, hidden, random);
            for (int i = 0; i < hidden; i++) {
                targets[words[i]] = inputs[words[i]];
                inputs[words[i]] = mask;
            }
        }
        return Corrupted.alike(new Batch(batch.rows(), batch.length(), inputs, targets), new Visibility.BothDirections());
    }
}
