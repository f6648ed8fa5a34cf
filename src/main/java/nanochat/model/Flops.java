package nanochat.model;

/// What a token costs to train on.
public final class Flops {
    private Flops() {
    }

    /// Floating-point operations for one token, forward and backward: 6 for each element of a linear layer (2 forward, 4 backward; gates
    /// included, embeddings not) and 12 * heads * D for each key that a layer's attention may see (docs/formulas.md#cost).
    public static long perToken(GptConfig config) {
        return perToken(config, 1);
    }

    /// The same where only some tokens are predicted: lm_head is multiplied for those alone.
    ///
    /// @param predicted their share of all, 0 to 1
    public static long perToken(GptConfig config, double predicted) {
        long unembedding = (long) config.paddedVocabularySize() * config.embedding();
        return ofAll(config) - Math.round(6 * unembedding * (1 - predicted));
    }

    /// Of heads beside the last block, each with a product with lm_head of its own.
    public static long ofExtraHeads(GptConfig config, int heads) {
        long linear = ParameterLayout.of(config, heads).entries().stream().filter(entry -> entry.name().startsWith(ParameterNames.HEADS)
                && entry.role().isLinear()).mapToLong(ParameterLayout.Entry::size).sum();
        long unembedding = (long) config.paddedVocabularySize() * config.embedding();
        return 6 * (linear + heads * unembedding) + 12L * heads * config.heads() * config.headSize() * config.sequenceLength();
    }

    /// The same where the model stays as it is and something beside it is trained: the products for its weights' gradients fall away.
    ///
    /// @param tuning what that is
    public static long perTokenBeside(GptConfig config, Tuning tuning) {
        return ofAll(config) - 2 * linear(config) + switch (tuning) {
            case Tuning.LowRank lora -> 6 * lora.parameters(config);
            case Tuning.Prefix prefix -> 12L * config.heads() * config.headSize() * prefix.tokens() * config.layers();
        };
    }

    private static long linear(GptConfig config) {
        return ParameterLayout.of(config).entries().stream().filter(entry -> entry.role().isLinear())
                .mapToLong(ParameterLayout.Entry::size).sum();
    }

    private static long ofAll(GptConfig config) {
        long keys = 0;
        for (int layer = 0; layer < config.layers(); layer++) {
            keys += Math.min(config.window(layer), config.sequenceLength());
        }
        return 6 * linear(config) + 12L * config.heads() * config.headSize() * keys;
    }
}
