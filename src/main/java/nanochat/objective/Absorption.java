package nanochat.objective;

import java.util.Arrays;
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
        int[] inputs = batch.inputs().clone();
        int[] targets = new int[inputs.length];
        int[] scored = new int[inputs.length];
        float[] importance = new float[inputs.length];
        Arrays.fill(targets, Batch.IGNORED);
        Arrays.fill(scored, Batch.IGNORED);
        int tokens = 0;
        double begin = random.nextDouble();
        for (int row = 0; row < batch.rows(); row++) {
            int[] text = RowText.positions(batch, row);
            double t = (begin + (double) row / batch.rows()) % 1;
            int hidden = text.length == 0 ? 0 : 1 + (int) (t * text.length);
            for (int position : text) {
                scored[position] = inputs[position];
            }
            Draws.select(text, hidden, random);
            for (int i = 0; i < hidden; i++) {
                targets[text[i]] = inputs[text[i]];
                inputs[text[i]] = mask;
                importance[text[i]] = (float) ((double) text.length / hidden);
            }
            tokens += text.length;
        }
        Batch question = new Batch(batch.rows(), batch.length(), inputs, targets);
        return new Corrupted(question, importance, tokens, scored, new Visibility.BothDirections());
    }
}
