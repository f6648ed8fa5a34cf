package nanochat.objective;

import nanochat.data.Batch;

/// What a model learns: what it predicts from what, and how much each prediction counts. Training, bits per byte and the benchmark know a
/// model's losses through this alone. Not for several threads.
///
/// A step of training is one [#addGradients] for each of its micro-batches and one [#takeLoss].
public interface Objective {
    /// Adds the gradients of the batch's mean loss, divided by `microSteps`, to those of the parameters. A batch without any target adds
    /// nothing. Waits for nothing: the losses stay on the device until the step ends.
    ///
    /// @param microSteps how many micro-batches the step has
    void addGradients(Batch batch, int microSteps);

    /// Ends a step: waits for its losses, which come home in one transfer.
    ///
    /// @return the mean over the micro-batches since the last call of their mean losses, in nats; a batch without any target counts as 0
    double takeLoss();

    /// The loss of every target in nats, in the batch's order, 0 where the target does not count; changes no gradient. The array is reused by
    /// the next call.
    float[] losses(Batch batch);
}
