package nanochat.engine;

/// One generated row.
///
/// @param tokens what follows the prompt, without the token that ended it
/// @param sampled for each token whether the model chose it; false where a tool forced it
/// @param end why there is no more
public record Sample(int[] tokens, boolean[] sampled, End end) {
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
