package nanochat.objective;

import java.util.stream.IntStream;
import nanochat.data.Batch;

/// The rows of a batch as texts, not as predictions: which positions hold a token of the text. What fills the last batch of an epoch up is none.
final class RowText {
    private RowText() {
    }

    /// The positions of a row that hold text, counted through the whole batch, without the row's first: nothing stands before that one, so that
    /// next-token does not predict it either. A position holds text when its token is the target of the one before.
    static int[] positions(Batch batch, int row) {
        int first = row * batch.length();
        return IntStream.range(first + 1, first + batch.length()).filter(i -> batch.targets()[i - 1] != Batch.IGNORED).toArray();
    }
}
