package nanochat.model;

/// What a token costs to train on.
public final class Flops {
    private Flops() {
    }

    /// Floating-point operations for one token, forward and backward: 6 for each element of a linear layer (2 forward, 4 backward; gates
    /// included, embeddings not) and 12 * heads * D for each key that a layer's attention may see (docs/formulas.md#cost).
    public static long perToken(GptConfig config) {
        long linear = ParameterLayout.of(config).entries().stream().filter(entry -> entry.role().isLinear())
                .mapToLong(ParameterLayout.Entry::size).sum();
        long keys = 0;
        for (int layer = 0; layer < config.layers(); layer++) {
            keys += Math.min(config.window(layer), config.sequenceLength());
        }
        return 6 * linear + 12L * config.heads() * config.headSize() * keys;
    }
}
