package nanochat.serve;

/// How many tokens a request took.
record Usage(int promptTokens, int completionTokens, int totalTokens, PromptTokensDetails promptTokensDetails) {
    /// @param cachedTokens of the prompts, those that need not be read again
    record PromptTokensDetails(int cachedTokens) {}

    static Usage of(int promptTokens, int cachedTokens, int completionTokens) {
        return new Usage(promptTokens, completionTokens, promptTokens + completionTokens, new PromptTokensDetails(cachedTokens));
    }
}
