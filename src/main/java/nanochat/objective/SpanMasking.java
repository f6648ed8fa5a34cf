package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;
import nanochat.data.Batch;
import nanochat.tensor.Visibility;

/// Of each row a fixed share of the tokens is replaced by a mask, in spans (docs/objectives.md#jepa). What is asked about a hidden position stands at
/// its own place.
///
/// @param rate share of a row's tokens, rounded; never fewer than one, never all
/// @param mask the id that stands for a hidden token
/// @param sight what each position of rows of this length sees
record SpanMasking(double rate, int mask, Sight sight) implements Corruption {
    /// Tokens of a span in the mean: SpanBERT's (arXiv 1907.10529).
    private static final double SPAN_LENGTH = 3.8;

    /// What each position sees.
    enum Sight {
        BOTH_DIRECTIONS, CAUSAL;

        Visibility ofRows(int length) {
            return switch (this) {
                case BOTH_DIRECTIONS -> new Visibility.BothDirections();
                case CAUSAL -> new Visibility.Causal(length);
            };
        }
    }

    @Override
    public Corrupted of(Batch batch, SplittableRandom random) {
        int[] inputs = batch.inputs().clone();
        int[] targets = new int[inputs.length];
        Arrays.fill(targets, Batch.IGNORED);
        for (int row = 0; row < batch.rows(); row++) {
            int[] text = RowText.positions(batch, row);
            if (text.length < 2) {
                continue;
            }
            int hidden = Math.clamp(Math.round(rate * text.length), 1, text.length - 1);
            int count = Math.clamp(Math.round(hidden / SPAN_LENGTH), 1, Math.min(hidden, text.length - hidden));
            Spans spans = Spans.drawn(text.length, hidden, count, random);
            int at = 0;
            for (int span = 0; span < count; span++) {
                at += spans.visible()[span];
                for (int end = at + spans.hidden()[span]; at < end; at++) {
                    targets[text[at]] = inputs[text[at]];
                    inputs[text[at]] = mask;
                }
            }
        }
        return Corrupted.alike(new Batch(batch.rows(), batch.length(), inputs, targets), sight.ofRows(batch.length()));
    }
}
