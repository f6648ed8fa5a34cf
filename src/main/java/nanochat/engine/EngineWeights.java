package nanochat.engine;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;

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
    final Optional<Smear> smear;
    final float backoutLambda;

    /// The matrices and scalars of one block.
    ///
    /// @param residualLambda weight of the residual stream before the block
    /// @param inputLambda weight of the embedding beside it
    /// @param queryKeyValue c_q, c_k and c_v, one below the other
    record Layer(float residualLambda, float inputLambda, Matrix queryKeyValue, Matrix attentionProjection, Matrix hidden,
            Matrix projection,
            Optional<ValueEmbedding> valueEmbedding) {}

    /// What is mixed into the values of a layer: a vector per token, gated per kv head by `gate` (kvHeads x 12).
    record ValueEmbedding(EmbeddingTable table, float[] gate) {}

    /// How much of the previous token's embedding is added to a token's.
    record Smear(float lambda, float[] gate) {}

    private EngineWeights(GptConfig config, WeightFormat format, TensorSource source, Arena arena) {
        this.config = config;
        this.format = format;
        boolean modern = config.generation() == Generation.G2026_07;
        int vocabulary = config.paddedVocabularySize();
        int width = config.embedding();
        this.tokenEmbedding = new EmbeddingTable(format, arena,
                source.tensor("transformer.wte.weight").withShape(vocabulary, width));
        float[] residualLambdas = modern ? source.tensor("resid_lambdas").withShape(config.layers()).toArray() : new float[0];
        float[] inputLambdas = modern ? source.tensor("x0_lambdas").withShape(config.layers()).toArray() : new float[0];
        List<Layer> all = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            String attention = "transformer.h." + i + ".attn.";
            String mlp = "transformer.h." + i + ".mlp.";
            Optional<ValueEmbedding> valueEmbedding = Optional.empty();
            if (config.hasValueEmbedding(i)) {
                SourceTensor table = source.tensor("value_embeds." + i + ".weight").withShape(vocabulary, config.kvWidth());
                SourceTensor gate = source.tensor(attention + "ve_gate.weight").withShape(config.kvHeads(), VALUE_GATE_INPUTS);
                valueEmbedding = Optional.of(new ValueEmbedding(new EmbeddingTable(format, arena, table), gate.toArray()));
            }
            all.add(new Layer(modern ? residualLambdas[i] : 1, modern ? inputLambdas[i] : 0,
                    Matrix.of(format, arena, source.tensor(attention + "c_q.weight").withShape(width, width),
                            source.tensor(attention + "c_k.weight").withShape(config.kvWidth(), width),
                            source.tensor(attention + "c_v.weight").withShape(config.kvWidth(), width)),
                    Matrix.of(format, arena, source.tensor(attention + "c_proj.weight").withShape(width, width)),
                    Matrix.of(format, arena, source.tensor(mlp + "c_fc.weight").withShape(4 * width, width)),
                    Matrix.of(format, arena, source.tensor(mlp + "c_proj.weight").withShape(width, 4 * width)), valueEmbedding));
        }
        this.layers = List.copyOf(all);
        this.head = Matrix.of(format, arena, source.tensor("lm_head.weight").withShape(vocabulary, width));
        this.smear = modern
                ? Optional.of(new Smear(source.tensor("smear_lambda").withShape(1).toArray()[0],
                        source.tensor("smear_gate.weight").withShape(1, SMEAR_GATE_INPUTS).toArray()))
                : Optional.empty();
        this.backoutLambda = modern ? source.tensor("backout_lambda").withShape(1).toArray()[0] : 0;
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

    /// The layer after which the residual stream is kept, if any.
    OptionalInt backoutLayer() {
        return config.generation() == Generation.G2026_07 ? OptionalInt.of(config.backoutLayer()) : OptionalInt.empty();
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
