package nanochat.explain;

import nanochat.model.GptConfig;
import nanochat.model.ParameterLayout;
import nanochat.tensor.DType;
import nanochat.tensor.MuonMatrix;

/// How many bytes training a model of July 2026 takes in f32, counted tensor by tensor before any of them exists. Not counted is what kernels need for
/// themselves.
///
/// @param weights the parameters
/// @param gradients one number a parameter
/// @param moments what the optimizer remembers: two numbers a parameter where AdamW updates it, one and a few more where Muon does
/// @param activations what a micro-batch leaves for its backward pass, with the gradients that are under way at once
record TrainingBytes(long weights, long gradients, long moments, long activations) {
    private static final int F32 = DType.F32.bytes();
    /// Of width C beside the blocks: embedding, its norm, smear; backout, last norm, its copy.
    private static final int WIDE_BESIDE_BLOCKS = 6;
    /// Of width C in a block: the mixed stream, its norm, queries, keys, values, heads, the second norm.
    private static final int WIDE_IN_BLOCK = 7;

    /// @param recompute whether blocks are computed again instead of kept
    /// @throws IllegalArgumentException for a model whose tensors are not known here, see [#isKnown]
    static TrainingBytes of(GptConfig config, int rows, int length, boolean recompute) {
        if (!isKnown(config)) {
            throw new IllegalArgumentException("not counted: " + config);
        }
        long weights = 0;
        long moments = 0;
        for (ParameterLayout.Entry entry : ParameterLayout.of(config).entries()) {
            long size = 1;
            for (int side : entry.shape()) {
                size *= side;
            }
            weights += size;
            moments += switch (entry.role()) {
                case BLOCK_MATRIX, VALUE_GATE -> size + MuonMatrix.secondMomentSize(entry.shape()[0], entry.shape()[1]);
                case TOKEN_EMBEDDING, VALUE_EMBEDDING, UNEMBEDDING, SMEAR_GATE, SCALAR -> 2 * size;
            };
        }
        long positions = (long) rows * length;
        long angles = (long) length * config.headSize();
        return new TrainingBytes(weights * F32, weights * F32, moments * F32, (positions * numbersAPosition(config, recompute) + angles)
                * F32);
    }

    /// Whether the model's tensors can be counted: it has as many kv heads as heads, and is none of November 2025.
    static boolean isKnown(GptConfig config) {
        return config.generation() == GptConfig.Generation.G2026_07 && config.kvHeads() == config.heads();
    }

    /// What is kept for every token of a micro-batch, in numbers of four bytes.
    static long numbersAPosition(GptConfig config, boolean recompute) {
        int layers = config.layers();
        boolean backoutIsLast = config.backoutLayer() == layers - 1;
        int kept = recompute ? 1 : layers;
        // The gradient of the loss comes first; where attention plays back, those of queries, keys and values come together.
        int underWay = backoutIsLast ? 1 : 2;
        long wide = WIDE_BESIDE_BLOCKS + (long) WIDE_IN_BLOCK * kept + underWay;
        if (recompute) {
            // The result of every block stays, and the block that is computed again has a second one.
            wide += layers;
        }
        long hidden = 2L * kept + 1; // before and after the activation, and a gradient
        long norms = 2L * kept + (recompute ? 1 : 2); // computed again, a block lends one to the last norm
        long heads = 3L * kept + gates(config, recompute); // of every head: the norms of queries and keys, the softmax; the gates
        long batch = 4; // inputs, targets, and the losses twice
        return wide * config.embedding() + hidden * config.hiddenWidth() + norms + heads * config.heads() + batch;
    }

    private static long gates(GptConfig config, boolean recompute) {
        long gates = 0;
        for (int layer = 0; layer < config.layers(); layer++) {
            gates += config.hasValueEmbedding(layer) ? 1 : 0;
        }
        return recompute ? 1 : gates;
    }

    long all() {
        return weights + gradients + moments + activations;
    }
}
