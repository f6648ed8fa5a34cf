package nanochat.engine;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.engine.kernel.EmbeddingTable;
import nanochat.engine.kernel.Matrix;
import nanochat.engine.kernel.SourceTensor;
import nanochat.model.GptConfig;

/// All parameters of a GPT, converted for inference. Read-only, so any number of [InferenceGpt]s may share them. They live as long as the
/// arena they were loaded into.
public final class EngineWeights {
    /// Channels that the gate of a value embedding reads.
    static final int VALUE_GATE_INPUTS = 12;
    /// Channels that the gate of the smear reads.
    static final int SMEAR_GATE_INPUTS = 24;

    private final GptConfig config;
    private final WeightFormat format;
    final EmbeddingTable tokenEmbedding;
    final Matrix head;
    final List<Layer> layers;
    /// Of the generation that has them.
    final Optional<ResidualStream> residualStream;

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

    private EngineWeights(GptConfig config, WeightFormat format, TensorSource source, Arena arena) {
        this.config = config;
        this.format = format;
        int vocabulary = config.paddedVocabularySize();
        int width = config.embedding();
        this.tokenEmbedding = format.embeddingTable(arena,
                source.tensor("transformer.wte.weight").withShape(vocabulary, width));
        List<Layer> all = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            String attention = "transformer.h." + i + ".attn.";
            String mlp = "transformer.h." + i + ".mlp.";
            Optional<ValueEmbedding> valueEmbedding = Optional.empty();
            if (config.hasValueEmbedding(i)) {
                SourceTensor table = source.tensor("value_embeds." + i + ".weight").withShape(vocabulary, config.kvWidth());
                SourceTensor gate = source.tensor(attention + "ve_gate.weight").withShape(config.kvHeads(), VALUE_GATE_INPUTS);
                valueEmbedding = Optional.of(new ValueEmbedding(format.embeddingTable(arena, table), gate.toArray()));
            }
            all.add(new Layer(
                    format.matrix(arena, source.tensor(attention + "c_q.weight").withShape(width, width),
                            source.tensor(attention + "c_k.weight").withShape(config.kvWidth(), width),
                            source.tensor(attention + "c_v.weight").withShape(config.kvWidth(), width)),
                    format.matrix(arena, source.tensor(attention + "c_proj.weight").withShape(width, width)),
                    format.matrix(arena, source.tensor(mlp + "c_fc.weight").withShape(4 * width, width)),
                    format.matrix(arena, source.tensor(mlp + "c_proj.weight").withShape(width, 4 * width)), valueEmbedding));
        }
        this.layers = List.copyOf(all);
        this.head = format.matrix(arena, source.tensor("lm_head.weight").withShape(vocabulary, width));
        this.residualStream = switch (config.generation()) {
            case G2025_11 -> Optional.empty();
            case G2026_07 -> Optional.of(ResidualStream.of(config, source));
        };
    }

    /// Reads every parameter that `config` calls for and converts it to `format`.
    ///
    /// @param arena where the weights live; shared or automatic, since several threads read them
    /// @throws nanochat.io.BadInputException when a tensor is missing or has another shape; the message names it
    public static EngineWeights load(GptConfig config, WeightFormat format, TensorSource source, Arena arena) {
        return new EngineWeights(config, format, source, arena);
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
