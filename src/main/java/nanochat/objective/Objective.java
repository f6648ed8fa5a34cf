package nanochat.objective;

import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import nanochat.data.Batch;
import nanochat.tensor.Tensor;

/// What a model learns: what it predicts from what, and how much each prediction counts. Training, bits per byte and the benchmark know a
/// model's losses through this alone. Not for several threads.
///
/// A step of training is a [#beginStep], one [#addGradients] for each of its micro-batches, one [#takeLoss], and [#afterUpdate] when the parameters have
/// moved.
public interface Objective {
    /// Says which step its next micro-batches are of: what is hidden in them hangs on that, and on nothing that came before. An objective that hides
    /// nothing at random need not know.
    ///
    /// @param step counted from 0
    default void beginStep(int step) {
    }

    /// Adds the gradients of the batch's mean loss, divided by `microSteps`, to those of the parameters. A batch without any target adds
    /// nothing. Waits for nothing: the losses stay on the device until the step ends.
    ///
    /// @param microSteps how many micro-batches the step has
    void addGradients(Batch batch, int microSteps);

    /// Ends a step: waits for its losses, which come home in one transfer.
    ///
    /// @return the mean over the micro-batches since the last call of their mean losses, in nats; a batch without any target counts as 0
    double takeLoss();

    /// The parameters have moved by the gradients of a step. An objective whose teacher follows the model lets it follow.
    default void afterUpdate() {
    }

    /// What it needs to go on as if it had never stopped, beside the parameters and the optimizer's moments: tensors by name, part of a checkpoint.
    default SequencedMap<String, Tensor> state() {
        return new LinkedHashMap<>();
    }

    /// Another content has been read into the tensors of [#state()].
    default void stateRead() {
    }

    /// What the last step found, where something is learned in the space of representations.
    default Optional<RepresentationStatistics> representation() {
        return Optional.empty();
    }

    /// The next batch that is measured begins a text; those after it go on from it, row by row, where the objective has a memory.
    default void beginMeasuring() {
    }

    /// The loss of every token that is measured in nats, at the places that [#scored] says, 0 elsewhere; changes no gradient. The same batch is asked
    /// the same every time. The array is reused by the next call.
    float[] losses(Batch batch);

    /// Which tokens the losses are of, place by place; [Batch#IGNORED] where of none.
    default int[] scored(Batch batch) {
        return batch.targets();
    }

    /// What the sum of these losses says of the text's probability.
    default Likelihood likelihood() {
        return Likelihood.EXACT;
    }
}
