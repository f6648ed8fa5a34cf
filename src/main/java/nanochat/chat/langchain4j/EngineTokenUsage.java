package nanochat.chat.langchain4j;

import dev.langchain4j.model.output.TokenUsage;

/// What an answer of an [EngineChatModel] took.
public final class EngineTokenUsage extends TokenUsage {
    private final int cachedInputTokens;

    EngineTokenUsage(int inputTokens, int outputTokens, int cachedInputTokens) {
        super(inputTokens, outputTokens);
        this.cachedInputTokens = cachedInputTokens;
    }

    /// Tokens of the prompt that had been read before, in earlier turns of the conversation or for prompts that begin alike.
    public int cachedInputTokenCount() {
        return cachedInputTokens;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EngineTokenUsage usage && super.equals(usage) && cachedInputTokens == usage.cachedInputTokens;
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + cachedInputTokens;
    }

    @Override
    public String toString() {
        return "EngineTokenUsage { inputTokenCount = " + inputTokenCount() + ", cachedInputTokenCount = " + cachedInputTokens
                + ", outputTokenCount = " + outputTokenCount() + " }";
    }
}
