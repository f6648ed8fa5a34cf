package nanochat.model;

import java.util.ArrayList;
import java.util.List;
import nanochat.model.Initialization.Constant;
import nanochat.model.Initialization.Normal;
import nanochat.model.Initialization.Ramp;
import nanochat.model.Initialization.Uniform;
import nanochat.tensor.Backend;
import nanochat.tensor.Tensor;

/// What parameters a model has, before any memory is spent on them: names and shapes as in the original's checkpoints, in their order,
/// and how each one starts (docs/formulas.md#parameters; for models of November 2025 as the original of that time did).
public record ParameterLayout(List<Entry> entries) {
    /// What a parameter is for: the counts, the FLOPs and the compute type hang on it.
    public enum Role {
        TOKEN_EMBEDDING, VALUE_EMBEDDING, UNEMBEDDING,
        /// A linear layer of a block.
        BLOCK_MATRIX,
        /// The gate of a value embedding: a linear layer too, but so small that it is computed in F32.
        VALUE_GATE, SMEAR_GATE, SCALAR;

        /// Whether the parameter feeds the large matrix products, and so is read in the compute type.
        boolean feedsProducts() {
            return this == UNEMBEDDING || this == BLOCK_MATRIX;
        }

        /// Whether each of its elements costs a multiplication and an addition a token.
        boolean isLinear() {
            return feedsProducts() || this == VALUE_GATE || this == SMEAR_GATE;
        }
    }

    /// One parameter.
    public record Entry(String name, Role role, Initialization initialization, int... shape) {
        long size() {
            return Tensor.size(shape);
        }

        float[] initialValues(long seed) {
            return initialization.values(Math.toIntExact(size()), seed, name);
        }
    }

    /// The layout of a model of this shape.
    public static ParameterLayout of(GptConfig config) {
        return of(config, 0);
    }

    /// The layout of a model with heads beside its last block.
    ///
    /// @param extraHeads how many; above 0 only in the current generation
    public static ParameterLayout of(GptConfig config, int extraHeads) {
        boolean current = config.generation() == GptConfig.Generation.G2026_07;
        int width = config.embedding();
        int vocabulary = config.paddedVocabularySize();
        // A uniform distribution within +-bound has the standard deviation 1/sqrt(C).
        double bound = Math.sqrt(3.0 / width);
        Initialization zero = new Constant(0);
        Initialization gate = new Uniform(0, 0.02);
        Initialization query = current ? Initialization.symmetric(bound) : spectral(width, width);
        Initialization keyOrValue = current ? Initialization.symmetric(bound) : spectral(config.kvWidth(), width);
        Initialization hidden = current ? Initialization.symmetric(0.4 * bound) : spectral(config.hiddenWidth(), width);

        List<Entry> entries = new ArrayList<>();
        if (current) {
            entries.add(new Entry(ParameterNames.RESID_LAMBDAS, Role.SCALAR, new Ramp(1.15f, 1.05f), config.layers()));
            entries.add(new Entry(ParameterNames.X0_LAMBDAS, Role.SCALAR, new Ramp(0.20f, 0.05f), config.layers()));
            entries.add(new Entry(ParameterNames.SMEAR_LAMBDA, Role.SCALAR, zero, 1));
            entries.add(new Entry(ParameterNames.BACKOUT_LAMBDA, Role.SCALAR, new Constant(0.2f), 1));
        }
        entries.add(new Entry(ParameterNames.WTE, Role.TOKEN_EMBEDDING, new Normal(current ? 0.8 : 1), vocabulary, width));
        for (int layer = 0; layer < config.layers(); layer++) {
            ParameterNames.Block names = ParameterNames.block(layer);
            entries.add(new Entry(names.cQ(), Role.BLOCK_MATRIX, query, width, width));
            entries.add(new Entry(names.cK(), Role.BLOCK_MATRIX, keyOrValue, config.kvWidth(), width));
            entries.add(new Entry(names.cV(), Role.BLOCK_MATRIX, keyOrValue, config.kvWidth(), width));
            entries.add(new Entry(names.cProj(), Role.BLOCK_MATRIX, zero, width, width));
            if (config.hasValueEmbedding(layer)) {
                entries.add(new Entry(names.valueGate(), Role.VALUE_GATE, gate, config.kvHeads(), Backend.VALUE_GATE_CHANNELS));
            }
            entries.add(new Entry(names.mlpFc(), Role.BLOCK_MATRIX, hidden, config.hiddenWidth(), width));
            entries.add(new Entry(names.mlpProj(), Role.BLOCK_MATRIX, zero, width, config.hiddenWidth()));
        }
        entries.add(new Entry(ParameterNames.LM_HEAD, Role.UNEMBEDDING, current ? new Normal(0.001) : zero, vocabulary, width));
        if (current) {
            entries.add(new Entry(ParameterNames.SMEAR_GATE, Role.SMEAR_GATE, gate, 1, Backend.SMEAR_CHANNELS));
            for (int layer = 0; layer < config.layers(); layer++) {
                if (config.hasValueEmbedding(layer)) {
                    entries.add(new Entry(ParameterNames.block(layer).valueTable(), Role.VALUE_EMBEDDING, Initialization.symmetric(bound),
                            vocabulary, config.kvWidth()));
                }
            }
        }
        if (extraHeads > 0) {
            entries.add(new Entry(ParameterNames.HEAD_RESID_LAMBDAS, Role.SCALAR, new Constant(1.05f), extraHeads));
            entries.add(new Entry(ParameterNames.HEAD_X0_LAMBDAS, Role.SCALAR, new Constant(0.05f), extraHeads));
        }
        for (int head = 0; head < extraHeads; head++) {
            ParameterNames.Block names = ParameterNames.head(head);
            entries.add(new Entry(names.cQ(), Role.BLOCK_MATRIX, query, width, width));
            entries.add(new Entry(names.cK(), Role.BLOCK_MATRIX, keyOrValue, config.kvWidth(), width));
            entries.add(new Entry(names.cV(), Role.BLOCK_MATRIX, keyOrValue, config.kvWidth(), width));
            entries.add(new Entry(names.cProj(), Role.BLOCK_MATRIX, zero, width, width));
            entries.add(new Entry(names.mlpFc(), Role.BLOCK_MATRIX, hidden, config.hiddenWidth(), width));
            entries.add(new Entry(names.mlpProj(), Role.BLOCK_MATRIX, zero, width, config.hiddenWidth()));
        }
        return new ParameterLayout(List.copyOf(entries));
    }

    /// The shape of the parameter of this name.
    ///
    /// @throws IllegalArgumentException when the model has none
    public int[] shape(String name) {
        return entries.stream().filter(entry -> entry.name.equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the model has no parameter " + name)).shape;
    }

    /// How the linear layers of November 2025 start, after arXiv 2310.17813.
    private static Initialization spectral(int rows, int columns) {
        return new Normal(Math.min(1, Math.sqrt(rows / (double) columns)) / Math.sqrt(columns));
    }
}
