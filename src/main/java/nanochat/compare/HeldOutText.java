package nanochat.compare;

import nanochat.checkpoint.TrainedModel;
import nanochat.data.BatchLayout;
import nanochat.data.Packing;
import nanochat.data.Share;
import nanochat.data.ValidationBatches;
import nanochat.eval.BitsPerByte;
import nanochat.eval.HeldOut;
import nanochat.objective.Objective;
import nanochat.tensor.Tape;

/// The yardstick of likelihood: what a model makes of held-out text by its own objective. Exact bits per byte, a bound of them, and neither are three
/// classes, within which alone models can be compared: a bound is above the true figure, nobody knows how far, and the loss of hidden tokens says
/// nothing of a text's probability.
///
/// @param measured by the objective itself
/// @param tokens that were predicted
public record HeldOutText(HeldOut measured, long tokens) {
    /// Enough for a bound, which is noisy: one draw of what is hidden a row.
    private static final int BATCHES = 32;

    static HeldOutText measure(MeasuredModel measured) {
        Conditions conditions = measured.conditions();
        TrainedModel model = measured.model();
        int length = conditions.model().sequenceLength();
        Objective objective = model.objective().of(model.gpt(), new Tape(model.gpt().parameters().backend(), measured.compute()), conditions
                .rows(), length, 0);
        ValidationBatches batches = new ValidationBatches(measured.source(), model.tokenizer(), new BatchLayout(Packing.BESTFIT, conditions
                .rows(), length), Share.WHOLE, (long) BATCHES * conditions.rows() * length);
        BitsPerByte sums = BitsPerByte.measure(objective, batches, model.tokenizer().tokenBytes(), () -> {});
        return new HeldOutText(HeldOut.of(objective.likelihood(), sums), sums.tokens());
    }
}
