package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;
import nanochat.data.Batch;
import nanochat.tensor.Visibility;

/// Absorbing-state diffusion of blocks (docs/objectives.md#block-diffusion): what [Absorption] does to a row happens to every block of it, each with a
/// number of hidden tokens of its own.
///
/// @param mask the id of the mask
/// @param size tokens of a block
record BlockAbsorption(int mask, int size) implements Corruption {
    @Override
    public Corrupted of(Batch batch, SplittableRandom random) {
        return hide(batch, random, new Visibility.Blocks(size));
    }

    /// @param sight what each position of the text sees then
    Corrupted hide(Batch batch, SplittableRandom random, Visibility sight) {
        int[] inputs = batch.inputs().clone();
        int[] targets = new int[inputs.length];
        int[] scored = new int[inputs.length];
        float[] importance = new float[inputs.length];
        Arrays.fill(targets, Batch.IGNORED);
        Arrays.fill(scored, Batch.IGNORED);
        int tokens = 0;
        double begin = random.nextDouble();
        int blocks = Math.ceilDiv(batch.length(), size);
        for (int row = 0; row < batch.rows(); row++) {
            int[] text = RowText.positions(batch, row);
            tokens += text.length;
            for (int block = 0; block < blocks; block++) {
                int first = row * batch.length() + block * size;
                int end = Math.min(first + size, (row + 1) * batch.length());
                int[] own = Arrays.stream(text).filter(position -> position >= first && position < end).toArray();
                double t = (begin + ((double) row * blocks + block) / (batch.rows() * blocks)) % 1;
                int hidden = own.length == 0 ? 0 : 1 + (int) (t * own.length);
                for (int position : own) {
                    scored[position] = inputs[position];
                }
                Draws.select(own, hidden, random);
                for (int i = 0; i < hidden; i++) {
                    targets[own[i]] = inputs[own[i]];
                    inputs[own[i]] = mask;
                    importance[own[i]] = (float) ((double) own.length / hidden);
                }
            }
        }
        Batch question = new Batch(batch.rows(), batch.length(), inputs, targets);
        return new Corrupted(question, importance, tokens, scored, sight);
    }
}
