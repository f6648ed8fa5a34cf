package nanochat.objective;

import java.util.Optional;
import java.util.SequencedMap;
import nanochat.data.Batch;
import nanochat.tensor.Tensor;

/// Predicting the next token and, in a pass of its own through the same weights, what a teacher makes of hidden spans
/// (docs/objectives.md#next-token-jepa). What is measured is the next token alone.
///
/// @param weight of the second loss in the sum
record NextTokenWithLatent(NextToken next, Latent latent, double weight) implements Objective {
    @Override
    public void beginStep(int step) {
        latent.beginStep(step);
    }

    @Override
    public void addGradients(Batch batch, int microSteps) {
        next.addGradients(batch, microSteps);
        latent.addGradients(batch, microSteps);
    }

    @Override
    public double takeLoss() {
        return next.takeLoss() + weight * latent.takeLoss();
    }

    @Override
    public void afterUpdate() {
        latent.afterUpdate();
    }

    @Override
    public SequencedMap<String, Tensor> state() {
        return latent.state();
    }

    @Override
    public void stateRead() {
        latent.stateRead();
    }

    @Override
    public Optional<RepresentationStatistics> representation() {
        return latent.representation();
    }

    @Override
    public float[] losses(Batch batch) {
        return next.losses(batch);
    }
}
