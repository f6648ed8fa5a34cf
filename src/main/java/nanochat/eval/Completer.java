package nanochat.eval;

/// Continues a sequence of tokens by the most likely one, again and again.
@FunctionalInterface
public interface Completer {
    /// @param prompt at least one token
    /// @param maxTokens how many new tokens at most
    /// @param stop generation ends before this token
    /// @return the new tokens, without the prompt
    int[] complete(int[] prompt, int maxTokens, int stop);
}
