package nanochat.engine;

import java.util.Optional;
import java.util.OptionalInt;

/// One generated row.
///
/// @param tokens what follows the prompt, without the token that ended it
/// @param sampled for each token whether the model chose it; false where a tool forced it
/// @param end why there is no more
/// @param trace how the model chose, where that was asked for
public record Sample(int[] tokens, boolean[] sampled, End end, Optional<Trace> trace) {
    /// What it takes to learn from a sample.
    ///
    /// @param stop the token that ended the row, where one did
    /// @param logProbabilities of each token, and of the one that ended the row behind them: `ln` of its share of the whole softmax at temperature 1,
    /// whatever temperature and cuts it was drawn with; 0 where a tool forced it
    /// @param entropies in nats, of the softmaxes that they were drawn from; 0 where a tool forced it
    public record Trace(OptionalInt stop, float[] logProbabilities, float[] entropies) {}

    /// Why a row ended.
    public enum End {
        /// A stop token was drawn.
        STOPPED,
        /// The request's number of tokens was reached.
        LENGTH,
        /// The cache has no room for another token.
        CONTEXT_FULL,
        /// The listener said so.
        CANCELLED
    }
}
