package nanochat.engine;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.engine.kernel.BlockSource;
import nanochat.engine.kernel.EmbeddingTable;
import nanochat.engine.kernel.Matrix;
import nanochat.engine.kernel.SourceTensor;
import nanochat.engine.kernel.Workers;
import nanochat.model.GptConfig;

/// All parameters of a GPT, converted for inference. Any number of [InferenceGpt]s may share them. They live as long as the
/// arena they were loaded into.
public final class EngineWeights {
    /// Channels that the gate of a value embedding reads.
    static final int VALUE_GATE_INPUTS = 12;
    /// Channels that the gate of the smear reads.
    static final int SMEAR_GATE_INPUTS = 24;
    private static final int TABLE_ROWS_A_TASK = 512;

    private final GptConfig config;
    private final WeightFormat format;
    final EmbeddingTable tokenEmbedding;
    final Matrix head;
    final List<Layer> layers;
    /// Of the generation that has them.
    Optional<ResidualStream> residualStream = Optional.empty();

    /// The matrices of one block.
    ///
    /// @param queryKeyValue c_q, c_k and c_v, one below the other
    record Layer(Matrix queryKeyValue, Matrix attentionProjection, Matrix hidden, Matrix projection,
            Optional<ValueEmbedding> valueEmbedding) {}

    /// What is mixed into the values of a layer: a vector per token, gated per kv head by `gate` (kvHeads x 12).
    record ValueEmbedding(EmbeddingTable table, float[] gate) {}

    /// How the residual stream is mixed.
    ///
    /// @param smearLambda how much of the previous token's embedding is added to a token's, gated by `smearGate`
    /// @param residLambdas by layer, the weight of the stream before the block; `x0Lambdas` that of the embedding beside it
    /// @param backoutLambda how much of the stream after [GptConfig#backoutLayer] is taken away at the end
    record ResidualStream(float smearLambda, float[] smearGate, float[] residLambdas, float[] x0Lambdas, float backoutLambda) {
        static ResidualStream of(GptConfig config, TensorSource source) {
            return new ResidualStream(scalar(source, "smear_lambda"),
                    source.tensor("smear_gate.weight").withShape(1, SMEAR_GATE_INPUTS).toArray(),
                    source.tensor("resid_lambdas").withShape(config.layers()).toArray(),
                    source.tensor("x0_lambdas").withShape(config.layers()).toArray(), scalar(source, "backout_lambda"));
        }

        private static float scalar(TensorSource source, String name) {
            return source.tensor(name).withShape(1).toArray()[0];
        }
    }

    private EngineWeights(GptConfig config, WeightFormat format, Arena arena) {
        this.config = config;
        this.format = format;
        int vocabulary = config.paddedVocabularySize();
        int width = config.embedding();
        int kvWidth = config.kvWidth();
        this.tokenEmbedding = format.embeddingTable(arena, vocabulary, width);
        this.layers = IntStream.range(0, config.layers()).mapToObj(layer -> new Layer(format.matrix(arena, width + 2 * kvWidth, width),
                format.matrix(arena, width, width), format.matrix(arena, 4 * width, width), format.matrix(arena, width, 4 * width),
                config.hasValueEmbedding(layer)
                        ? Optional.of(new ValueEmbedding(format.embeddingTable(arena, vocabulary, kvWidth),
                                new float[config.kvHeads() * VALUE_GATE_INPUTS]))
                        : Optional.empty())).toList();
        this.head = format.matrix(arena, vocabulary, width);
    }

    /// Reads every parameter that `config` calls for and converts it to `format`.
    ///
    /// @param arena where the weights live; shared or automatic, since several threads read them
    /// @throws nanochat.io.BadInputException when a tensor is missing or has another shape; the message names it
    public static EngineWeights load(GptConfig config, WeightFormat format, TensorSource source, Arena arena) {
        try (Workers alone = new Workers(1)) {
            return load(config, format, source, arena, alone);
        }
    }

    /// The same.
    ///
    /// @param workers who convert
    static EngineWeights load(GptConfig config, WeightFormat format, TensorSource source, Arena arena, Workers workers) {
        EngineWeights weights = new EngineWeights(config, format, arena);
        weights.reload(source, workers);
        return weights;
    }

    /// Reads every parameter again, into the same memory. Nobody may run the model meanwhile; the keys and values of sequences are of the former
    /// weights, so that sequences must be released ([Engine#reload] does).
    ///
    /// @param source of a model of the same configuration
    /// @param workers who convert
    /// @throws nanochat.io.BadInputException when a tensor is missing or has another shape; the message names it, and the weights are of no use
    public void reload(TensorSource source, Workers workers) {
        int vocabulary = config.paddedVocabularySize();
        int width = config.embedding();
        fill(tokenEmbedding, source.tensor("transformer.wte.weight").withShape(vocabulary, width), workers);
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            String attention = "transformer.h." + i + ".attn.";
            String mlp = "transformer.h." + i + ".mlp.";
            fill(layer.queryKeyValue, workers, source.tensor(attention + "c_q.weight").withShape(width, width),
                    source.tensor(attention + "c_k.weight").withShape(config.kvWidth(), width),
                    source.tensor(attention + "c_v.weight").withShape(config.kvWidth(), width));
            fill(layer.attentionProjection, workers, source.tensor(attention + "c_proj.weight").withShape(width, width));
            fill(layer.hidden, workers, source.tensor(mlp + "c_fc.weight").withShape(4 * width, width));
            fill(layer.projection, workers, source.tensor(mlp + "c_proj.weight").withShape(width, 4 * width));
            if (layer.valueEmbedding.isPresent()) {
                ValueEmbedding embedding = layer.valueEmbedding.get();
                fill(embedding.table, source.tensor("value_embeds." + i + ".weight").withShape(vocabulary, config.kvWidth()), workers);
                source.tensor(attention + "ve_gate.weight").withShape(config.kvHeads(), VALUE_GATE_INPUTS).copyTo(embedding.gate);
            }
        }
        fill(head, workers, source.tensor("lm_head.weight").withShape(vocabulary, width));
        residualStream = switch (config.generation()) {
            case G2025_11 -> Optional.empty();
            case G2026_07 -> Optional.of(ResidualStream.of(config, source));
        };
    }

    /// @param parts one below the other
    private static void fill(Matrix matrix, Workers workers, SourceTensor... parts) {
        BlockSource source = new BlockSource(parts);
        workers.run(matrix.blocks(), (block, _) -> matrix.fill(source, block));
    }

    private static void fill(EmbeddingTable table, SourceTensor source, Workers workers) {
        int rows = source.rows();
        workers.run((rows + TABLE_ROWS_A_TASK - 1) / TABLE_ROWS_A_TASK,
                (task, _) -> table.fill(source, task * TABLE_ROWS_A_TASK, Math.min(rows, (task + 1) * TABLE_ROWS_A_TASK)));
    }

    public GptConfig config() {
        return config;
    }

    public WeightFormat format() {
        return format;
    }

    /// Bytes of the matrices: what decoding one token reads.
    public long matrixBytes() {
        long bytes = head.bytes();
        for (Layer layer : layers) {
            bytes += layer.queryKeyValue.bytes() + layer.attentionProjection.bytes() + layer.hidden.bytes() + layer.projection.bytes();
        }
        return bytes;
    }

    /// Bytes of all weights in memory, embedding tables included.
    public long bytes() {
        long bytes = matrixBytes() + tokenEmbedding.bytes();
        for (Layer layer : layers) {
            bytes += layer.valueEmbedding.map(embedding -> embedding.table.bytes()).orElse(0L);
        }
        return bytes;
    }
}
