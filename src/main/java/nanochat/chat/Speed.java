package nanochat.chat;

/// How fast an answer came.
///
/// @param promptTokens what the model read, the conversation so far included
/// @param reusedTokens those of them that it had read before, so that they cost nothing
/// @param secondsToFirstToken until it began to speak
/// @param tokens of the answer, results of tools included
/// @param seconds in all
public record Speed(int promptTokens, int reusedTokens, double secondsToFirstToken, int tokens, double seconds) {
    /// Tokens a second once it had begun; 0 where there are too few to tell.
    public double tokensPerSecond() {
        double speaking = seconds - secondsToFirstToken;
        return tokens < 2 || speaking <= 0 ? 0 : (tokens - 1) / speaking;
    }
}
