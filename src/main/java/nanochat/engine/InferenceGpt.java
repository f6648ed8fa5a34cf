package nanochat.engine;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import nanochat.engine.EngineWeights.Layer;
import nanochat.engine.EngineWeights.ResidualStream;
import nanochat.engine.EngineWeights.ValueEmbedding;
import nanochat.engine.kernel.Attention;
import nanochat.engine.kernel.Kernels;
import nanochat.engine.kernel.KeyValueFormat;
import nanochat.engine.kernel.KeyValuePage;
import nanochat.engine.kernel.MatrixProduct;
import nanochat.engine.kernel.NativeProduct;
import nanochat.engine.kernel.RotaryTable;
import nanochat.engine.kernel.Rows;
import nanochat.engine.kernel.Tile;
import nanochat.engine.kernel.VectorMath;
import nanochat.engine.kernel.VectorProduct;
import nanochat.engine.kernel.Workers;
import nanochat.model.GptConfig;
import nanochat.tensor.Backend;

/// The forward pass of a GPT for inference (docs/formulas.md#inference, both generations): tokens in, logits out, keys and values into the cache of their
/// sequences. Owns the activations of one pass; for one caller at a time. Weights may be shared with others.
public final class InferenceGpt implements AutoCloseable {
    /// The most tokens of one pass; a longer prompt takes several.
    public static final int MAXIMUM_TOKENS = 512;

    /// Rows that one task of the arithmetic between the products takes.
    private static final int ROWS_A_TASK = 16;
    /// Logits of one task.
    private static final int LOGITS_A_TASK = 4096;
    /// Rows of logits computed at once where those of many tokens are wanted, which bounds the memory for them.
    private static final int LOGIT_ROWS = 64;

    private final EngineWeights weights;
    private final GptConfig config;
    /// Of the model, with those that its extra heads are.
    private final int layers;
    private final Workers workers;
    private final MatrixProduct product;
    /// Whose products of several rows have the bits of those of one.
    private final MatrixProduct rowByRow;
    /// One of the two, for the pass under way.
    private MatrixProduct products;
    private final Attention attention;
    private final RotaryTable rotary;
    private final int maximumLength;
    private final float queryKeyScale;
    private final Arena arena = Arena.ofShared();
    private final Pass pass = new Pass();
    private int layer;
    private Layer block;
    private int logitRows;
    private long passes;
    /// Whether the extra heads read the tokens of this pass later.
    private boolean headsWait;

    // Activations, a row a token.
    private final Rows embedded; // x0, C
    private final Rows stream; // x, C
    private final Rows backout; // x after the backout layer, C
    private final Rows normed; // norm(x), C
    private final Rows queryKeyValue; // C + 2 kv width
    private final Rows attended; // C
    private final Rows hidden; // 4C
    private final Rows update; // what a sublayer adds, C
    private final HeadOutputs heads;
    private Rows logits = Rows.NONE; // V, a row for each token whose logits are wanted

    private final Workers.Step embedStep = rows(this::embed);
    private final Workers.Step startLayerStep = rows(this::startLayer);
    private final Workers.Step prepareAttentionStep = this::prepareAttention;
    private final Workers.Step addAttentionStep = rows(this::addAttention);
    private final Workers.Step squareReluStep = rows(this::squareRelu);
    private final Workers.Step addMlpStep = rows(this::addMlp);
    private final Workers.Step keepTrunkStep = rows(this::keepTrunk);
    private final Workers.Step takeTrunkStep = rows(this::takeTrunk);
    private final Workers.Step startHeadStep = rows(this::startHead);
    private final Workers.Step endHeadStep = rows(this::endHead);
    private final Workers.Step softcapStep = this::softcap;

    /// Receives logits after each token of a text.
    @FunctionalInterface
    public interface LogitsVisitor {
        /// @param index of the token in the text
        /// @param row the row of `logits`, good until the visitor returns
        void visit(int index, Rows logits, int row);
    }

    /// Receives the logits after tokens of several sequences.
    @FunctionalInterface
    public interface StretchVisitor {
        /// @param stretch index of the stretch
        /// @param index of the token in the stretch's `tokens`
        /// @param row the row of `logits`, good until the visitor returns
        void visit(int stretch, int index, Rows logits, int row);
    }

    /// Tokens `from` to before `to` of `tokens`, to be appended to `sequence`; the logits after those from `firstLogits` on are wanted.
    public record Stretch(Sequence sequence, int[] tokens, int from, int to, int firstLogits) {
        int length() {
            return to - from;
        }

        /// How many of its tokens have logits that are wanted.
        int wantedLogits() {
            return Math.max(0, to - Math.max(from, firstLogits));
        }
    }

    private interface RowStep {
        void run(int row);
    }

    /// With the fastest matrix products that this machine has.
    ///
    /// @param maximumLength the longest sequence
    public InferenceGpt(EngineWeights weights, Workers workers, int maximumLength) {
        this(weights, workers, maximumLength, NativeProduct.orVector(workers));
    }

    /// @param product closed with this
    public InferenceGpt(EngineWeights weights, Workers workers, int maximumLength, MatrixProduct product) {
        this.weights = weights;
        this.config = weights.config();
        this.block = weights.layers.getFirst();
        this.workers = workers;
        this.product = product;
        this.products = product;
        this.rowByRow = new VectorProduct(workers);
        this.maximumLength = maximumLength;
        this.queryKeyScale = config.generation().queryKeyScale();
        this.layers = config.layers() + weights.heads.size();
        this.attention = new Attention(config, layers, pass, MAXIMUM_TOKENS, workers, arena);
        this.rotary = RotaryTable.of(config, weights.prefix.tokens() + maximumLength, arena);
        int width = config.embedding();
        this.embedded = activations(width);
        this.stream = activations(width);
        this.backout = activations(width);
        this.normed = activations(width);
        this.queryKeyValue = activations(width + 2 * config.kvWidth());
        this.attended = activations(width);
        this.hidden = activations(config.hiddenWidth());
        this.update = activations(width);
        this.heads = new HeadOutputs(weights.heads.size(), config.embedding(), weights.draftHead().outputs(), arena);
    }

    private Rows activations(int width) {
        return Rows.allocate(arena, MAXIMUM_TOKENS, width);
    }

    public GptConfig config() {
        return config;
    }

    public EngineWeights weights() {
        return weights;
    }

    /// By what many rows are multiplied with the matrices, in a few words.
    public String products() {
        return product.description();
    }

    /// Bytes of the activations, logits included.
    long activationBytes() {
        return Stream.of(embedded, stream, backout, normed, queryKeyValue, attended, hidden, update, logits)
                .mapToLong(rows -> rows.memory().byteSize()).sum() + heads.bytes();
    }

    /// The longest sequence.
    public int maximumLength() {
        return maximumLength;
    }

    Workers workers() {
        return workers;
    }

    /// An empty cache for sequences of this model, in the format that goes with its weights, that grows as they do.
    public KvCache newCache() {
        return newCache(KvCache.UNLIMITED);
    }

    /// An empty cache for sequences of this model, in the format that goes with its weights.
    ///
    /// @param mostBytes of all keys and values in it
    public KvCache newCache(long mostBytes) {
        return new KvCache(config, weights.heads.size(), weights.format().keysAndValues(), maximumLength, mostBytes, weights.prefix);
    }

    /// An empty cache for sequences of this model, that grows as they do.
    public KvCache newCache(KeyValueFormat format) {
        return new KvCache(config, weights.heads.size(), format, maximumLength, KvCache.UNLIMITED, weights.prefix);
    }

    /// The logits of the last pass, V floats a row.
    public Rows logits() {
        return logits;
    }

    /// Appends tokens `from` to before `to` of `tokens` to `sequence`; the logits after the last one are then in row 0 of [#logits].
    public void prefill(Sequence sequence, int[] tokens, int from, int to) {
        for (int start = from; start < to; start += MAXIMUM_TOKENS) {
            int end = Math.min(to, start + MAXIMUM_TOKENS);
            pass.clear();
            pass.add(sequence, tokens, start, end, to - 1);
            forward();
        }
    }

    /// Appends one token to each of the first `count` sequences; the logits after it are then in the row of [#logits] with the sequence's index.
    public void decode(Sequence[] sequences, int[] tokens, int count) {
        decode(sequences, tokens, count, List.of());
    }

    /// Appends tokens to one sequence; the logits after each of them are then in the rows of [#logits], with the bits that one pass a token would have
    /// given, but where the weights are in int4.
    ///
    /// @param count of the tokens, at most [#MAXIMUM_TOKENS]
    void decodeAhead(Sequence sequence, int[] tokens, int count) {
        pass.clear();
        pass.add(sequence, tokens, 0, count, 0);
        products = rowByRow;
        headsWait = true;
        forward();
        headsWait = false;
        products = product;
    }

    /// Has the extra heads, which have waited, read those tokens of the last pass that have stayed in the sequence: what was guessed wrongly would be read
    /// for nothing.
    ///
    /// @param sequence which [#decodeAhead] has just appended to
    void readByHeads(Sequence sequence) {
        if (!weights.heads.isEmpty()) {
            pass.cutTo(sequence.end() - pass.position(0));
            runHeads();
        }
    }

    /// How many passes there have been: as long as it is the same, [#logits] are.
    long passes() {
        return passes;
    }

    /// The same as [#decode(Sequence\[\], int\[\], int)], and appends tokens to other sequences in the same pass, which reads the weights once for all of them. The logits that the stretches
    /// ask for stand behind those of the `count` sequences, stretch by stretch and in order.
    ///
    /// @param stretches each of another sequence; with the `count` tokens they are at most [#MAXIMUM_TOKENS]
    public void decode(Sequence[] sequences, int[] tokens, int count, List<Stretch> stretches) {
        if (count + length(stretches) > MAXIMUM_TOKENS) {
            throw new IllegalArgumentException("a pass has at most " + MAXIMUM_TOKENS + " tokens, not " + (count + length(stretches)));
        }
        pass.clear();
        for (int row = 0; row < count; row++) {
            pass.add(sequences[row], tokens, row, row + 1, row);
        }
        add(stretches);
        forward();
    }

    private void add(List<Stretch> stretches) {
        for (int i = 0; i < stretches.size(); i++) { // mostly none, in every step: an iterator would be garbage
            Stretch stretch = stretches.get(i);
            pass.add(stretch.sequence, stretch.tokens, stretch.from, stretch.to, stretch.firstLogits);
        }
    }

    private static int length(List<Stretch> stretches) {
        int sum = 0;
        for (int i = 0; i < stretches.size(); i++) {
            sum += stretches.get(i).length();
        }
        return sum;
    }

    /// Appends all of `tokens` to `sequence` and shows the logits after each of them.
    public void score(Sequence sequence, int[] tokens, LogitsVisitor visitor) {
        for (int start = 0; start < tokens.length; start += MAXIMUM_TOKENS) {
            int end = Math.min(tokens.length, start + MAXIMUM_TOKENS);
            score(List.of(new Stretch(sequence, tokens, start, end, start)), (_, index, rows, row) -> visitor.visit(index, rows, row));
        }
    }

    /// Appends tokens to any number of sequences in one pass: for the matrix products all tokens are rows alike, so many short stretches cost
    /// as little as one long one. Shows the logits that the stretches ask for, stretch by stretch and in order.
    ///
    /// @param stretches each of another sequence, at most [#MAXIMUM_TOKENS] tokens together
    public void score(List<Stretch> stretches, StretchVisitor visitor) {
        if (stretches.isEmpty()) {
            return;
        }
        if (length(stretches) > MAXIMUM_TOKENS) {
            throw new IllegalArgumentException("at most " + MAXIMUM_TOKENS + " tokens are scored in a pass, not " + length(stretches));
        }
        pass.clear();
        add(stretches);
        runLayers();
        gatherLogitRows();
        int wanted = logitRows;
        int row = 0;
        for (int i = 0; i < stretches.size(); i++) {
            Stretch stretch = stretches.get(i);
            for (int token = Math.max(stretch.from, stretch.firstLogits); token < stretch.to; token++) {
                int inBlock = row % LOGIT_ROWS;
                if (inBlock == 0) {
                    computeLogits(row, Math.min(LOGIT_ROWS, wanted - row));
                }
                visitor.visit(i, token, logits, inBlock);
                row++;
            }
        }
    }

    private void forward() {
        runLayers();
        gatherLogitRows();
        if (logitRows > 0) {
            computeLogits(0, logitRows);
        }
    }

    private void runLayers() {
        passes++;
        if (Kernels.usesScalars()) {
            Kernels.beforeScalars(weights.matrixBytes() * pass.count());
        }
        overRows(embedStep);
        for (int i = 0; i < config.layers(); i++) {
            if (i == config.layers() - 1 && !weights.heads.isEmpty()) {
                overRows(keepTrunkStep);
                if (!headsWait) {
                    runHeads();
                    overRows(takeTrunkStep);
                }
            }
            layer = i;
            overRows(startLayerStep);
            runBlock(weights.layers.get(i));
        }
    }

    /// The extra heads: each a block on the stream that enters the last one, with keys and values behind those of the layers.
    private void runHeads() {
        for (int head = 0; head < weights.heads.size(); head++) {
            layer = config.layers() + head;
            overRows(startHeadStep);
            runBlock(weights.heads.get(head));
            overRows(endHeadStep);
        }
    }

    private void runBlock(Layer matrices) {
        block = matrices;
        int tokens = pass.count();
        products.multiply(block.queryKeyValue(), normed, queryKeyValue, tokens);
        overRows(prepareAttentionStep);
        attention.run(layer, queryKeyValue, attended);
        products.multiply(block.attentionProjection(), attended, update, tokens);
        overRows(addAttentionStep);
        products.multiply(block.hidden(), normed, hidden, tokens);
        overRows(squareReluStep);
        products.multiply(block.projection(), hidden, update, tokens);
        overRows(addMlpStep);
    }

    /// Has the extra heads guess what comes behind the token that will follow `sequence`, by what they made of its last token.
    ///
    /// @param guesses is filled from its beginning, with the likeliest token of each head
    /// @param count of the heads, at least 1, the first ones
    /// @return how many guesses: none where the last pass did not read that token
    int guessByHeads(Sequence sequence, int[] guesses, int count) {
        int row = pass.rowOf(sequence, sequence.end() - 1);
        if (row < 0) {
            return 0;
        }
        Rows inputs = heads.gather(row, count);
        products.multiply(weights.draftHead(), inputs, heads.logits(), count);
        for (int head = 0; head < count; head++) {
            guesses[head] = heads.logits().argmax(head);
        }
        return count;
    }

    /// The logits of the `count` gathered rows from `first` on.
    private void computeLogits(int first, int count) {
        if (count * 4L * Tile.roundUp(config.vocabularySize()) > logits.memory().byteSize()) {
            logits = Rows.allocate(Arena.ofAuto(), count, config.vocabularySize());
        }
        products.multiply(weights.head, normed.from(first), logits, count);
        workers.run(count * logitTasks(), softcapStep);
    }

    /// `x = x0 = ` the normalised embedding, smeared with the previous token's.
    private void embed(int row) {
        int token = pass.token(row);
        int width = config.embedding();
        embedToken(token, stream, row);
        OptionalInt before = tokenBefore(row);
        if (weights.residualStream.isPresent() && before.isPresent()) {
            ResidualStream lambdas = weights.residualStream.get();
            embedToken(before.getAsInt(), update, row);
            float gate = lambdas.smearLambda()
                    * VectorMath.sigmoid(VectorMath.dot(stream.address(row), lambdas.smearGate(), 0, Backend.SMEAR_CHANNELS));
            Kernels.mix(1, stream.address(row), gate, update.address(row), width);
        }
        Kernels.copy(stream.address(row), embedded.address(row), width);
    }

    /// The first token of a text has none before it, but behind a prompt.
    private OptionalInt tokenBefore(int row) {
        int index = pass.position(row) - weights.prefix.tokens();
        return index == 0 ? weights.prefix.lastToken() : OptionalInt.of(pass.sequence(row).tokenInPass(index - 1));
    }

    private void embedToken(int token, Rows target, int row) {
        weights.tokenEmbedding.copy(token, target.address(row));
        norm(target, target, row);
    }

    /// `x = resid_lambda x + x0_lambda x0`, and its norm.
    private void startLayer(int row) {
        if (weights.residualStream.isPresent()) {
            ResidualStream lambdas = weights.residualStream.get();
            Kernels.mix(lambdas.residLambdas()[layer], stream.address(row), lambdas.x0Lambdas()[layer], embedded.address(row),
                    config.embedding());
        }
        norm(stream, normed, row);
    }

    private void keepTrunk(int row) {
        Kernels.copy(stream.address(row), heads.trunk().address(row), config.embedding());
    }

    private void takeTrunk(int row) {
        Kernels.copy(heads.trunk().address(row), stream.address(row), config.embedding());
    }

    /// `x = resid_lambda z + x0_lambda x0`, and its norm, for the stream z that enters the last layer.
    private void startHead(int row) {
        int head = layer - config.layers();
        takeTrunk(row);
        Kernels.mix(weights.headResidLambdas[head], stream.address(row), weights.headX0Lambdas[head], embedded.address(row),
                config.embedding());
        norm(stream, normed, row);
    }

    /// The norm of what the head made, which is what lm_head reads.
    private void endHead(int row) {
        norm(stream, heads.output(layer - config.layers()), row);
    }

    /// Finishes queries, keys and values of the rows of a task, and puts keys and values into the cache, those of a page together.
    private void prepareAttention(int task, int worker) {
        int end = Math.min(pass.count(), (task + 1) * ROWS_A_TASK);
        for (int row = task * ROWS_A_TASK; row < end; row++) {
            finishQueryKeyValue(row);
        }
        int next;
        for (int row = task * ROWS_A_TASK; row < end; row = next) {
            next = row + 1;
            while (next < end && pass.sameSequence(next, row) && pass.position(next) % KvCache.PAGE != 0) {
                next++;
            }
            storeKeyValues(row, next - row, pass.page(row, layer, pass.position(row) / KvCache.PAGE));
        }
    }

    /// Those of `count` rows that belong to one page.
    private void storeKeyValues(int row, int count, KeyValuePage page) {
        int headSize = config.headSize();
        for (int kvHead = 0; kvHead < config.kvHeads(); kvHead++) {
            long offset = 4L * kvHead * headSize;
            page.store(pass.position(row) % KvCache.PAGE, count, kvHead, key(row) + offset, value(row) + offset,
                    queryKeyValue.stride());
        }
    }

    /// Mixes in the value embedding, rotates and normalises queries and keys.
    private void finishQueryKeyValue(int row) {
        int headSize = config.headSize();
        for (int head = 0; head < config.heads() + config.kvHeads(); head++) {
            long vector = queryKeyValue.address(row) + 4L * head * headSize;
            rotary.rotate(vector, pass.position(row));
            Kernels.norm(vector, vector, headSize, queryKeyScale);
        }
        if (block.valueEmbedding().isPresent()) {
            addValueEmbedding(block.valueEmbedding().get(), row, value(row));
        }
    }

    private long key(int row) {
        return queryKeyValue.address(row) + 4L * config.embedding();
    }

    private long value(int row) {
        return key(row) + 4L * config.kvWidth();
    }

    /// `v += 3 sigmoid(gate . n[0:12]) * value_embedding[token]`, one gate per head.
    private void addValueEmbedding(ValueEmbedding embedding, int row, long value) {
        embedding.table().copy(pass.token(row), update.address(row));
        for (int kvHead = 0; kvHead < config.kvHeads(); kvHead++) {
            float gate = Backend.VALUE_GATE_SCALE * VectorMath.sigmoid(
                    VectorMath.dot(normed.address(row), embedding.gate(), kvHead, Backend.VALUE_GATE_CHANNELS));
            long offset = 4L * kvHead * config.headSize();
            Kernels.mix(1, value + offset, gate, update.address(row) + offset, config.headSize());
        }
    }

    /// `x += attention`, and its norm.
    private void addAttention(int row) {
        addUpdate(row);
        norm(stream, normed, row);
    }

    private void squareRelu(int row) {
        Kernels.squareRelu(hidden.address(row), config.hiddenWidth());
    }

    /// `x += mlp`; after the backout layer `x` is kept.
    private void addMlp(int row) {
        addUpdate(row);
        if (weights.residualStream.isPresent() && layer == config.backoutLayer()) {
            Kernels.copy(stream.address(row), backout.address(row), config.embedding());
        }
    }

    private void addUpdate(int row) {
        Kernels.add(stream.address(row), update.address(row), config.embedding());
    }

    /// `norm(x - backout_lambda x_backout)` of the tokens whose logits are wanted, close together at the beginning of `normed`.
    private void gatherLogitRows() {
        logitRows = 0;
        for (int row = 0; row < pass.count(); row++) {
            if (pass.logitsWanted(row)) {
                if (weights.residualStream.isPresent()) {
                    Kernels.mix(1, stream.address(row), -weights.residualStream.get().backoutLambda(), backout.address(row),
                            config.embedding());
                }
                Kernels.norm(stream.address(row), normed.address(logitRows), config.embedding(), 1);
                logitRows++;
            }
        }
    }

    private int logitTasks() {
        return (config.vocabularySize() + LOGITS_A_TASK - 1) / LOGITS_A_TASK;
    }

    private void softcap(int task, int worker) {
        int first = task % logitTasks() * LOGITS_A_TASK;
        Kernels.softcap(logits.address(task / logitTasks()) + 4L * first,
                Math.min(LOGITS_A_TASK, config.vocabularySize() - first), Backend.SOFTCAP);
    }

    private void norm(Rows x, Rows target, int row) {
        Kernels.norm(x.address(row), target.address(row), config.embedding(), 1);
    }

    private void overRows(Workers.Step step) {
        workers.run((pass.count() + ROWS_A_TASK - 1) / ROWS_A_TASK, step);
    }

    /// A task that takes [#ROWS_A_TASK] rows of the pass.
    private Workers.Step rows(RowStep step) {
        return (task, worker) -> {
            int end = Math.min(pass.count(), (task + 1) * ROWS_A_TASK);
            for (int row = task * ROWS_A_TASK; row < end; row++) {
                step.run(row);
            }
        };
    }

    /// Returns the memory of the activations.
    @Override
    public void close() {
        product.close();
        arena.close();
    }
}
