package nanochat.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import nanochat.model.GptParameters.Layer;
import nanochat.model.GptParameters.ResidualStream;
import nanochat.model.GptParameters.ValueEmbedding;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Evidence;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// The GPT's forward pass, of both generations (docs/formulas.md#forward-pass). Shapes: B rows of T tokens are N = B*T positions; C is the width of the
/// residual stream, H heads of size D make C, G kv heads of size D; V entries in the vocabulary.
///
/// The residual stream is F32 throughout; what feeds matrix products is in the tape's compute type.
public final class Gpt {
    private final GptConfig config;
    private final GptParameters parameters;
    private final int longestRow;
    private final boolean recompute;
    private final IntFunction<Visibility> sight;
    private final Optional<AdapterParameters> adapter;
    private final Optional<KeyValuePrefix> prefix;
    private final Tensor cos;
    private final Tensor sin;
    private final List<Places.Block> places;
    private final List<Places.Block> headPlaces;

    /// A model for rows of at most `sequence_len` tokens.
    public Gpt(GptParameters parameters) {
        this(parameters, parameters.config().sequenceLength());
    }

    /// A model for rows of at most `longestRow` tokens, which may be more than it is trained on: the windows of its layers stay as they are.
    public Gpt(GptParameters parameters, int longestRow) {
        this(parameters, longestRow, false);
    }

    /// @param recompute whether the backward pass computes every block again instead of keeping its activations: the same gradients bit for
    ///                  bit, in less memory and more time
    public Gpt(GptParameters parameters, int longestRow, boolean recompute) {
        this(parameters, longestRow, recompute, layer -> new Visibility.Causal(parameters.config().window(layer)));
    }

    /// @param sight what the queries of a layer see; a model of text sees what was before
    public Gpt(GptParameters parameters, int longestRow, boolean recompute, IntFunction<Visibility> sight) {
        this(parameters, Optional.empty(), Optional.empty(), longestRow, recompute, sight);
    }

    /// A model of text with what is trained beside it.
    public Gpt(GptParameters parameters, Optional<AdapterParameters> adapter, int longestRow, boolean recompute) {
        this(parameters, adapter, adapter.flatMap(AdapterParameters::prefix), longestRow, recompute);
    }

    /// The same behind a prefix.
    public Gpt(GptParameters parameters, Optional<AdapterParameters> adapter, Optional<KeyValuePrefix> prefix, int longestRow,
            boolean recompute) {
        this(parameters, adapter, prefix, longestRow, recompute, layer -> new Visibility.Causal(parameters.config().window(layer)));
    }

    private Gpt(GptParameters parameters, Optional<AdapterParameters> adapter, Optional<KeyValuePrefix> prefix, int longestRow,
            boolean recompute, IntFunction<Visibility> sight) {
        this.config = parameters.config();
        this.parameters = parameters;
        this.longestRow = longestRow;
        this.recompute = recompute;
        this.sight = sight;
        this.adapter = adapter;
        this.prefix = prefix;
        this.places = IntStream.range(0, config.layers()).mapToObj(Places.Block::of).toList();
        this.headPlaces = parameters.extraHeads().stream().flatMap(heads -> IntStream.range(0, heads.blocks().size()).mapToObj(
                head -> Places.Block.of(config.layers() + head))).toList();
        RotaryAngles angles = RotaryAngles.of(config, prefixTokens() + longestRow);
        this.cos = angles(angles, angles.cos());
        this.sin = angles(angles, angles.sin());
    }

    /// Those of a row's tokens, the first of which stands behind the prefix.
    private Tensor angles(RotaryAngles angles, float[] values) {
        Tensor tensor = parameters.backend().allocate(DType.F32, longestRow, angles.pairs());
        parameters.backend().write(tensor, Arrays.copyOfRange(values, prefixTokens() * angles.pairs(), values.length));
        return tensor;
    }

    private int prefixTokens() {
        return prefix.map(KeyValuePrefix::tokens).orElse(0);
    }

    /// What stands before the text.
    public Optional<KeyValuePrefix> prefix() {
        return prefix;
    }

    public GptConfig config() {
        return config;
    }

    public GptParameters parameters() {
        return parameters;
    }

    /// Records the forward pass of `batch` rows of `length` tokens up to the last norm, and shows it to the tape's watcher: [Places].
    ///
    /// @param ids I32 [B*T]
    /// @param seen what the queries of a layer see, in this pass
    /// @return what lm_head reads, [B*T, C] in the compute type
    public Variable hidden(Tape tape, Tensor ids, int batch, int length, IntFunction<Visibility> seen) {
        return through(tape, pass(ids, batch, length, seen));
    }

    /// How the positions of a layer look at one another.
    @FunctionalInterface
    public interface Attending {
        /// @param q queries [B*T, H*D], after rotation
        /// @param k keys [B*T, G*D], after rotation
        /// @param v values [B*T, G*D]
        /// @return the concatenated heads [B*T, H*D]
        Variable heads(Tape tape, Variable q, Variable k, Variable v);
    }

    /// What one forward pass reads, and how.
    ///
    /// @param ids I32 [B*T]
    /// @param before I32 [B], the token before each row, which its first one is smeared with; empty where rows begin a text
    /// @param length T, tokens of a row
    /// @param firstPosition where a row's first token stands: its angles begin there
    /// @param smeared after so many tokens smear begins anew; the length, where it goes through a whole row
    /// @param attending by layer
    /// @param evidence of the tokens, where that is all that is known of them: then the ids are those of the value embeddings
    public record Pass(Tensor ids, Optional<Tensor> before, int length, int firstPosition, int smeared, IntFunction<Attending> attending,
            Optional<Evidence> evidence) {
        /// Rows with nothing before them.
        public Pass(Tensor ids, int length, int firstPosition, int smeared, IntFunction<Attending> attending) {
            this(ids, Optional.empty(), length, firstPosition, smeared, attending);
        }

        /// Of tokens that are known.
        public Pass(Tensor ids, Optional<Tensor> before, int length, int firstPosition, int smeared, IntFunction<Attending> attending) {
            this(ids, before, length, firstPosition, smeared, attending, Optional.empty());
        }

        /// `batch` rows that are read in both directions, of whose tokens there is evidence.
        public static Pass ofEvidence(GptConfig config, Tensor ids, Evidence evidence, int batch, int length) {
            Pass whole = of(config, ids, batch, length, _ -> new Visibility.BothDirections());
            return new Pass(ids, Optional.empty(), length, 0, length, whole.attending, Optional.of(evidence));
        }

        /// `batch` rows of whole texts.
        static Pass of(GptConfig config, Tensor ids, int batch, int length, IntFunction<Visibility> seen) {
            return new Pass(ids, length, 0, length, layer -> {
                AttentionShape shape = new AttentionShape(batch, length, config.heads(), config.kvHeads(), config.headSize(), seen.apply(
                        layer));
                return (tape, q, k, v) -> tape.attention(q, k, v, shape);
            });
        }
    }

    /// The same for any pass of a model without a prefix.
    public Variable hidden(Tape tape, Pass pass) {
        if (prefix.isPresent()) {
            throw new IllegalArgumentException("a pass that knows nothing of the prefix");
        }
        return through(tape, pass);
    }

    /// `batch` rows of whole texts, each behind the prefix where there is one.
    private Pass pass(Tensor ids, int batch, int length, IntFunction<Visibility> seen) {
        if (prefix.isEmpty()) {
            return Pass.of(config, ids, batch, length, seen);
        }
        KeyValuePrefix before = prefix.get();
        return new Pass(ids, before.lastTokens(batch), length, 0, length, layer -> before.attending(layer, batch, length, seen.apply(
                layer)));
    }

    private Variable through(Tape tape, Pass pass) {
        Tensor ids = pass.ids;
        checkLength(pass.firstPosition + pass.length);
        Variable embedded = pass.evidence.map(evidence -> tape.embedding(parameters.wte(), evidence)).orElseGet(() -> tape.embedding(
                parameters.wte(), ids));
        Variable x = tape.norm(embedded, DType.F32); // [N, C]
        if (parameters.residualStream().isEmpty()) {
            tape.watch(Places.EMBEDDED, x);
            for (int i = 0; i < config.layers(); i++) {
                int layer = i;
                Variable input = x;
                // Blocks add to the stream in place. The norm's gradient needs its result, and a block that is computed again its input.
                boolean copied = i == 0 || recompute;
                x = segment(tape, () -> block(tape, copied ? tape.convert(input, DType.F32) : input, layer, pass));
            }
            return finalNorm(tape, x);
        }
        ResidualStream lambdas = parameters.residualStream().get();
        Stream stream = stream(tape, x, lambdas, config.layers(), pass);
        return finalNorm(tape, tape.subtractScaled(stream.x, stream.backout, lambdas.backoutLambda()));
    }

    /// The residual stream behind some blocks.
    ///
    /// @param x0 what entered the first of them
    /// @param backout what the block [GptConfig#backoutLayer] left; x0 where that is not among them
    private record Stream(Variable x0, Variable x, Variable backout) {}

    /// Sends the normed embeddings through the first `layers` blocks.
    private Stream stream(Tape tape, Variable embedded, ResidualStream lambdas, int layers, Pass pass) {
        Variable x0 = pass.before.map(before -> smearedFrom(tape, before, embedded, lambdas, pass))
                .orElseGet(() -> tape.smear(embedded, lambdas.smearGate(), lambdas.smearLambda(), pass.smeared));
        tape.watch(Places.EMBEDDED, x0);
        Variable x = x0;
        Variable backout = x0;
        for (int i = 0; i < layers; i++) {
            int layer = i;
            Variable input = x;
            x = segment(tape, () -> block(tape, tape.mix(input, x0, lambdas.residLambdas(), lambdas.x0Lambdas(), layer), layer, pass));
            if (i == config.backoutLayer()) {
                backout = x;
            }
        }
        return new Stream(x0, x, backout);
    }

    /// The token before each row stands in front of it while the row is smeared.
    private Variable smearedFrom(Tape tape, Tensor before, Variable embedded, ResidualStream lambdas, Pass pass) {
        int rows = Math.toIntExact(before.size());
        Variable first = tape.norm(tape.embedding(parameters.wte(), before), DType.F32); // [B, C]
        Variable whole = tape.smear(tape.afterMemory(first, embedded, rows), lambdas.smearGate(), lambdas.smearLambda(), pass.length + 1);
        return tape.withoutFirst(whole, rows);
    }

    /// The same, seeing what the model sees.
    public Variable hidden(Tape tape, Tensor ids, int batch, int length) {
        return hidden(tape, ids, batch, length, sight);
    }

    /// What takes up a head's result: it ends with a loss, [Tape#crossEntropyWithGradient].
    @FunctionalInterface
    public interface HeadLoss {
        /// @param head counted from 0, the model's own last block
        /// @param hidden what lm_head reads, [B*T, C] in the compute type
        void add(int head, Variable hidden);
    }

    /// The forward pass of a model with several heads (arXiv 2404.19737): all blocks but the last are a trunk, the last one and each of the extra
    /// heads is a block on top of it. A head is run, its loss taken and played back before the next one begins, so that memory holds the activations of
    /// one head. What is left to play back is the trunk.
    ///
    /// @param ids I32 [B*T]
    /// @param count of the heads, at least 1, the first ones
    public void heads(Tape tape, Tensor ids, int batch, int length, int count, HeadLoss loss) {
        checkLength(length);
        ResidualStream lambdas = parameters.residualStream().orElseThrow();
        Variable embedded = tape.norm(tape.embedding(parameters.wte(), ids), DType.F32); // [N, C]
        int last = config.layers() - 1;
        Pass pass = pass(ids, batch, length, sight);
        Stream trunk = stream(tape, embedded, lambdas, last, pass);
        // first, because taking the backout out has to come before anything else that reads it
        tape.branch(() -> {
            Variable own = segment(tape, () -> block(tape, tape.mix(trunk.x, trunk.x0, lambdas.residLambdas(), lambdas.x0Lambdas(), last),
                    last, pass));
            Variable other = last == config.backoutLayer() ? own : trunk.backout;
            loss.add(0, finalNorm(tape, tape.subtractScaled(own, other, lambdas.backoutLambda())));
        });
        for (int head = 1; head < count; head++) {
            int extra = head - 1;
            GptParameters.ExtraHeads heads = parameters.extraHeads().orElseThrow();
            tape.branch(() -> {
                Variable own = segment(tape, () -> block(tape, tape.mix(trunk.x, trunk.x0, heads.residLambdas(), heads.x0Lambdas(), extra),
                        heads.blocks().get(extra), headPlaces.get(extra), pass, pass.attending.apply(last)));
                loss.add(extra + 1, finalNorm(tape, own));
            });
        }
    }

    private void checkLength(int length) {
        if (length > longestRow) {
            throw new IllegalArgumentException("rows of " + length + " tokens for a model of at most " + longestRow);
        }
    }

    private Variable segment(Tape tape, Supplier<Variable> part) {
        return recompute ? tape.segment(part) : part.get();
    }

    /// All gradients pass this norm, which takes out of each its part along x. It needs x unrounded for that: what is left of that part
    /// would be most of the error of the lambdas' gradients.
    private static Variable finalNorm(Tape tape, Variable x) {
        Variable normed = tape.convert(tape.norm(x, DType.F32), tape.computeType());
        tape.watch(Places.FINAL_NORM, normed);
        return normed;
    }

    /// x += attention(norm(x)); x += mlp(norm(x)).
    private Variable block(Tape tape, Variable x, int i, Pass pass) {
        return block(tape, x, parameters.layer(i), places.get(i), pass, pass.attending.apply(i));
    }

    private Variable block(Tape tape, Variable x, Layer layer, Places.Block place, Pass pass, Attending attending) {
        tape.watch(place.input(), x);
        Variable heads = attention(tape, tape.norm(x, tape.computeType()), layer, place, pass, attending);
        x = addLinear(tape, x, heads, layer.cProj());
        Variable hidden = tape.reluSquared(linear(tape, tape.norm(x, tape.computeType()), layer.mlpFc())); // [N, 4C]
        tape.watch(place.hidden(), hidden);
        return addLinear(tape, x, hidden, layer.mlpProj());
    }

    /// The concatenated heads [N, H*D] of a layer for the normed stream n.
    private Variable attention(Tape tape, Variable n, Layer layer, Places.Block place, Pass pass, Attending attending) {
        tape.watch(place.attentionInput(), n);
        Variable q = linear(tape, n, layer.cQ()); // [N, H*D]
        Variable k = linear(tape, n, layer.cK()); // [N, G*D]
        Variable v = linear(tape, n, layer.cV()); // [N, G*D]
        if (layer.valueEmbedding().isPresent()) {
            ValueEmbedding embedding = layer.valueEmbedding().get();
            v = tape.addValueEmbedding(v, n, embedding.gate(), embedding.table(), pass.ids);
        }
        q = rotaryNorm(tape, q, pass);
        k = rotaryNorm(tape, k, pass);
        tape.watch(place.queries(), q);
        tape.watch(place.keys(), k);
        tape.watch(place.values(), v);
        Variable heads = attending.heads(tape, q, k, v);
        tape.watch(place.attentionOutput(), heads);
        return heads;
    }

    /// n W^T, or n (W + B A)^T where the adapter has an update of W.
    private Variable linear(Tape tape, Variable n, Parameter w) {
        return addUpdate(tape, tape.linear(n, w), n, w);
    }

    /// The same, added to x.
    private Variable addLinear(Tape tape, Variable x, Variable n, Parameter w) {
        return addUpdate(tape, tape.addLinear(x, n, w), n, w);
    }

    private Variable addUpdate(Tape tape, Variable out, Variable n, Parameter w) {
        return adapter.flatMap(own -> own.update(w)).map(update -> tape.addLinear(out, tape.linear(n, update.a()), update.b())).orElse(out);
    }

    private Variable rotaryNorm(Tape tape, Variable x, Pass pass) {
        return tape.rotaryNorm(x, from(cos, pass), from(sin, pass), pass.length, config.headSize(), config.generation().queryKeyScale());
    }

    /// The angles of a pass.
    private static Tensor from(Tensor angles, Pass pass) {
        if (pass.firstPosition == 0) {
            return angles;
        }
        long rowBytes = (long) angles.columns() * angles.dtype().bytes();
        return new Tensor(angles.dtype(), angles.memory().slice(pass.firstPosition * rowBytes, pass.length * rowBytes), pass.length, angles
                .columns());
    }

    /// The capped logits of every position, [B*T, V] in F32.
    public void logits(Tape tape, Tensor logits, Tensor ids, int batch, int length) {
        Backend backend = tape.backend();
        Variable x = hidden(tape, ids, batch, length);
        backend.logits(logits, x.value(), parameters.lmHead().compute());
        tape.clear();
    }
}
