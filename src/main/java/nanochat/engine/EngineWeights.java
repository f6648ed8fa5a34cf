package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.engine.kernel.BlockSource;
import nanochat.engine.kernel.EmbeddingTable;
import nanochat.engine.kernel.Matrix;
import nanochat.engine.kernel.SourceTensor;
import nanochat.engine.kernel.Tile;
import nanochat.engine.kernel.Workers;
import nanochat.io.Sha256;
import nanochat.model.GptConfig;
import nanochat.model.ParameterLayout;
import nanochat.model.ParameterNames;
import nanochat.tensor.Backend;

/// All parameters of a GPT, converted for inference. Any number of [InferenceGpt]s may share them. They live as long as the
/// arena they were loaded into.
public final class EngineWeights {
    private static final int TABLE_ROWS_A_TASK = 512;
    private static final long HASHED_AT_ONCE = 1 << 20;
    /// A smaller vocabulary is guessed from as a whole.
    private static final int FEWEST_GUESSED = 8192;

    private final GptConfig config;
    private final WeightFormat format;
    private final List<MemorySegment> memory = new ArrayList<>();
    private final boolean readOnly;
    final EmbeddingTable tokenEmbedding;
    final Matrix head;
    final List<Layer> layers;
    /// Blocks beside the last one, each on the stream that enters it, and how they mix that: they guess the tokens behind the next one
    /// (docs/objectives.md#multi-token). Those that are wanted.
    final List<Layer> heads;
    final float[] headResidLambdas;
    final float[] headX0Lambdas;
    /// Of the generation that has them.
    Optional<ResidualStream> residualStream = Optional.empty();
    /// Of a model that was tuned so.
    KvPrefix prefix = KvPrefix.NONE;

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
        static Optional<ResidualStream> of(GptConfig config, TensorSource source) {
            return switch (config.generation()) {
                case G2025_11 -> Optional.empty();
                case G2026_07 -> Optional.of(of(source));
            };
        }

        static Optional<ResidualStream> of(GptConfig config, FloatBuffer scalars) {
            return switch (config.generation()) {
                case G2025_11 -> Optional.empty();
                case G2026_07 -> Optional.of(new ResidualStream(scalars.get(), take(scalars, Backend.SMEAR_CHANNELS),
                        take(scalars, config.layers()), take(scalars, config.layers()), scalars.get()));
            };
        }

        private static float[] take(FloatBuffer scalars, int count) {
            float[] taken = new float[count];
            scalars.get(taken);
            return taken;
        }

        private static ResidualStream of(TensorSource source) {
            return new ResidualStream(source.tensor(ParameterNames.SMEAR_LAMBDA).toArray()[0],
                    source.tensor(ParameterNames.SMEAR_GATE).toArray(), source.tensor(ParameterNames.RESID_LAMBDAS).toArray(),
                    source.tensor(ParameterNames.X0_LAMBDAS).toArray(), source.tensor(ParameterNames.BACKOUT_LAMBDA).toArray()[0]);
        }
    }

    /// @param allocator gives the memory of the matrices and tables, whatever is in it
    private EngineWeights(GptConfig config, WeightFormat format, int extraHeads, SegmentAllocator allocator) {
        this.config = config;
        this.format = format;
        SegmentAllocator arena = (bytes, alignment) -> {
            MemorySegment segment = allocator.allocate(bytes, alignment);
            memory.add(segment);
            return segment;
        };
        int vocabulary = config.paddedVocabularySize();
        int width = config.embedding();
        this.tokenEmbedding = format.embeddingTable(arena, vocabulary, width);
        this.layers = IntStream.range(0, config.layers()).mapToObj(layer -> layer(arena, config.hasValueEmbedding(layer))).toList();
        this.head = format.matrix(arena, vocabulary, width);
        this.heads = IntStream.range(0, extraHeads).mapToObj(_ -> layer(arena, false)).toList();
        this.headResidLambdas = new float[extraHeads];
        this.headX0Lambdas = new float[extraHeads];
        this.readOnly = head.memory().isReadOnly();
    }

    private Layer layer(SegmentAllocator arena, boolean hasValueEmbedding) {
        int width = config.embedding();
        int kvWidth = config.kvWidth();
        return new Layer(format.matrix(arena, width + 2 * kvWidth, width), format.matrix(arena, width, width),
                format.matrix(arena, config.hiddenWidth(), width), format.matrix(arena, width, config.hiddenWidth()),
                hasValueEmbedding
                        ? Optional.of(new ValueEmbedding(format.embeddingTable(arena, config.paddedVocabularySize(), kvWidth),
                                new float[config.kvHeads() * Backend.VALUE_GATE_CHANNELS]))
                        : Optional.empty());
    }

    /// Weights that lie in memory already, as those of [#memory] lay one after the other.
    ///
    /// @param reader of the tables
    /// @param scalars what [#putScalars] gave
    static EngineWeights of(GptConfig config, WeightFormat format, SegmentAllocator allocator, EmbeddingTable.Reader reader,
            FloatBuffer scalars) {
        EngineWeights weights = new EngineWeights(config, format, 0, allocator);
        weights.tokenEmbedding.readBy(reader);
        for (Layer layer : weights.layers) {
            layer.valueEmbedding.ifPresent(embedding -> {
                embedding.table.readBy(reader);
                scalars.get(embedding.gate);
            });
        }
        weights.residualStream = ResidualStream.of(config, scalars);
        return weights;
    }

    /// The memory of all matrices and tables, in the order in which it was allocated.
    List<MemorySegment> memory() {
        return List.copyOf(memory);
    }

    /// What is not in [#memory].
    void putScalars(FloatBuffer target) {
        for (Layer layer : layers) {
            layer.valueEmbedding.ifPresent(embedding -> target.put(embedding.gate));
        }
        residualStream.ifPresent(lambdas -> target.put(lambdas.smearLambda).put(lambdas.smearGate).put(lambdas.residLambdas)
                .put(lambdas.x0Lambdas).put(lambdas.backoutLambda));
    }

    /// By what keys and values of these weights are known, in hexadecimal: a hash of the configuration, the format, what this processor's kernels depend on,
    /// and all numbers. Reads everything once.
    String fingerprint() {
        MessageDigest digest = Sha256.begin();
        digest.update((config + " " + format + " " + ByteOrder.nativeOrder() + " " + Tile.LANES).getBytes(StandardCharsets.UTF_8));
        ByteBuffer numbers = ByteBuffer.allocate(Float.BYTES * scalars(config));
        putScalars(numbers.asFloatBuffer());
        digest.update(numbers);
        prefix.addTo(digest);
        for (MemorySegment part : memory) {
            for (long at = 0; at < part.byteSize(); at += HASHED_AT_ONCE) {
                digest.update(part.asSlice(at, Math.min(HASHED_AT_ONCE, part.byteSize() - at)).asByteBuffer());
            }
        }
        return Sha256.hex(digest);
    }

    /// How many numbers [#putScalars] gives.
    static int scalars(GptConfig config) {
        int valueEmbeddings = (int) IntStream.range(0, config.layers()).filter(config::hasValueEmbedding).count();
        return valueEmbeddings * config.kvHeads() * Backend.VALUE_GATE_CHANNELS + switch (config.generation()) {
            case G2025_11 -> 0;
            case G2026_07 -> 1 + Backend.SMEAR_CHANNELS + 2 * config.layers() + 1;
        };
    }

    /// All zero.
    static EngineWeights zeros(GptConfig config, WeightFormat format, Arena arena) {
        ParameterLayout layout = ParameterLayout.of(config);
        TensorSource zeros = name -> {
            int[] shape = layout.shape(name);
            return new SourceTensor(name, arena.allocate(4L * IntStream.of(shape).reduce(1, Math::multiplyExact)), shape);
        };
        EngineWeights weights = new EngineWeights(config, format, 0, arena);
        weights.residualStream = ResidualStream.of(config, zeros);
        return weights;
    }

    /// Reads every parameter that `config` calls for and converts it to `format`.
    ///
    /// @param arena where the weights live; shared or automatic, since several threads read them
    /// @throws nanochat.io.BadInputException when a tensor is missing or has another shape; the message names it
    public static EngineWeights load(GptConfig config, WeightFormat format, TensorSource source, Arena arena) {
        try (Workers alone = new Workers(1)) {
            return load(config, format, 0, source, arena, alone);
        }
    }

    /// The same.
    ///
    /// @param extraHeads how many of the model's extra heads are read too
    /// @param workers who convert
    static EngineWeights load(GptConfig config, WeightFormat format, int extraHeads, TensorSource source, Arena arena, Workers workers) {
        EngineWeights weights = new EngineWeights(config, format, extraHeads, arena);
        weights.reload(source, workers);
        return weights;
    }

    /// Reads every parameter again, into the same memory. Nobody may run the model meanwhile; the keys and values of sequences are of the former
    /// weights, so that sequences must be released ([Engine#reload] does).
    ///
    /// @param source of a model of the same configuration
    /// @param workers who convert
    /// @throws nanochat.io.BadInputException when a tensor is missing or has another shape; the message names it, and the weights are of no use
    /// @throws IllegalStateException when they are those of a packed file
    public void reload(TensorSource source, Workers workers) {
        if (readOnly) {
            throw new IllegalStateException("the weights are those of a file");
        }
        ParameterLayout layout = ParameterLayout.of(config);
        TensorSource checked = name -> source.tensor(name).withShape(layout.shape(name));
        fill(tokenEmbedding, checked.tensor(ParameterNames.WTE), workers);
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            ParameterNames.Block names = ParameterNames.block(i);
            fill(layer, names, checked, workers);
            if (layer.valueEmbedding.isPresent()) {
                ValueEmbedding embedding = layer.valueEmbedding.get();
                fill(embedding.table, checked.tensor(names.valueTable()), workers);
                checked.tensor(names.valueGate()).copyTo(embedding.gate);
            }
        }
        fill(head, workers, checked.tensor(ParameterNames.LM_HEAD));
        reloadHeads(source, workers);
        prefix = KvPrefix.of(config, source);
        residualStream = ResidualStream.of(config, checked);
    }

    /// The first of the extra heads of a model that may have more.
    private void reloadHeads(TensorSource source, Workers workers) {
        if (heads.isEmpty()) {
            return;
        }
        ParameterLayout layout = ParameterLayout.of(config, heads.size());
        for (int i = 0; i < heads.size(); i++) {
            fill(heads.get(i), ParameterNames.head(i), name -> source.tensor(name).withShape(layout.shape(name)), workers);
        }
        copyBeginning(source.tensor(ParameterNames.HEAD_RESID_LAMBDAS), headResidLambdas);
        copyBeginning(source.tensor(ParameterNames.HEAD_X0_LAMBDAS), headX0Lambdas);
    }

    private static void copyBeginning(SourceTensor source, float[] target) {
        System.arraycopy(source.toArray(), 0, target, 0, target.length);
    }

    private static void fill(Layer layer, ParameterNames.Block names, TensorSource source, Workers workers) {
        fill(layer.queryKeyValue, workers, source.tensor(names.cQ()), source.tensor(names.cK()), source.tensor(names.cV()));
        fill(layer.attentionProjection, workers, source.tensor(names.cProj()));
        fill(layer.hidden, workers, source.tensor(names.mlpFc()));
        fill(layer.projection, workers, source.tensor(names.mlpProj()));
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

    /// lm_head for the tokens that heads may guess: of a large vocabulary the first quarter, which byte-pair encoding made of what is most frequent
    /// (Zhao et al., [arXiv 2502.14856](https://arxiv.org/abs/2502.14856)). Others are never guessed, and drawn as ever.
    Matrix draftHead() {
        int vocabulary = config.vocabularySize();
        int guessed = Math.max(Math.min(vocabulary, FEWEST_GUESSED), Tile.roundUp(vocabulary / 4));
        return head.first(Math.min(vocabulary, guessed));
    }

    public GptConfig config() {
        return config;
    }

    public WeightFormat format() {
        return format;
    }

    /// Bytes of the matrices: what decoding one token reads.
    public long matrixBytes() {
        return head.bytes() + Stream.concat(layers.stream(), heads.stream()).mapToLong(layer -> layer.queryKeyValue.bytes()
                + layer.attentionProjection.bytes() + layer.hidden.bytes() + layer.projection.bytes()).sum();
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
