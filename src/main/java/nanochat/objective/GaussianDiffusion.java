package nanochat.objective;

import java.util.SplittableRandom;
import nanochat.data.Batch;

/// Diffusion in the space of embeddings (docs/objectives.md#gaussian-diffusion): tokens are seen through gaussian noise, and the model says which they
/// were, from what is seen of the others; what is seen of a token itself is added to that by Bayes' rule. It learns by cross entropy; what is
/// measured is the bound on the text's probability. Micro-batches are of one shape.
final class GaussianDiffusion implements Objective {
    private final NoisyForwardPass forward;
    private final GaussianNoise noise;
    private final Noising noising;
    private final StepDraws draws;
    private final StepLosses stepLosses;

    /// @param forward for as many positions as a micro-batch has
    /// @param positions so many
    /// @param seed of the noise, with the step and the micro-batch
    GaussianDiffusion(NoisyForwardPass forward, GaussianNoise noise, Noising noising, int positions, long seed) {
        this.forward = forward;
        this.noise = noise;
        this.noising = noising;
        draws = new StepDraws(seed);
        stepLosses = new StepLosses(forward.tape().backend(), positions);
    }

    @Override
    public void beginStep(int step) {
        draws.begin(step);
    }

    @Override
    public void addGradients(Batch batch, int microSteps) {
        stepLosses.begin(microSteps);
        NoisyText text = seen(batch, NoisyText.Levels.MIXED, draws.next());
        int count = text.question().validTargets();
        if (count == 0) {
            return;
        }
        forward.crossEntropyWithGradient(stepLosses.place(count), forward.hidden(text), (float) (1.0 / ((double) count * microSteps)));
        forward.tape().backward();
    }

    @Override
    public double takeLoss() {
        draws.end();
        return stepLosses.takeMean();
    }

    @Override
    public Likelihood likelihood() {
        return Likelihood.BOUND;
    }

    /// What the means of a model miss of a token, at one ratio of all, in nats as if it were so at every ratio.
    @Override
    public float[] losses(Batch batch) {
        NoisyText text = seen(batch, NoisyText.Levels.ALIKE, Draws.of(batch));
        float[] means = forward.means(forward.hidden(text));
        forward.tape().clear();
        float[] losses = new float[batch.inputs().length];
        for (int position = 0; position < losses.length; position++) {
            int token = text.question().targets()[position];
            if (token != Batch.IGNORED) {
                losses[position] = (float) (noise.cost(text.ratios()[position]) * noise.missed(means, position, token));
            }
        }
        return losses;
    }

    @Override
    public int[] scored(Batch batch) {
        return noising.question(batch).targets();
    }

    private NoisyText seen(Batch batch, NoisyText.Levels levels, SplittableRandom random) {
        return NoisyText.of(batch.inputs(), noising.question(batch), noise, levels, random);
    }
}
