package nanochat.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.tensor.Comparison.Operation;
import nanochat.tensor.Comparison.Twin;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every [Backend] must do; a subclass for each supplies it. The oracle is [nanochat.tensor.reference.ReferenceBackend];
/// [Comparison] says how the two are compared. Sizes are drawn from those that are hard on fast code: 1, odd ones, multiples of no
/// vector, more than a block.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendContractTest extends MemoryContractTest {
    private static final int[] WIDTHS = {24, 25, 48, 130, 257};
    private static final int[] ROWS = {1, 3, 16, 33, 130};

    /// The numbers of threads to test with.
    protected abstract int[] threadCounts();

    /// How many random trials of every operation.
    protected int seeds() {
        return 3;
    }

    /// The largest error of Muon's results, in parts of their largest value: more where its products are taken in BF16.
    protected double muonTolerance() {
        return 2e-4;
    }

    /// The type of the activations, and the seed of all else.
    record Trial(DType type, long seed) {
        @Override
        public String toString() {
            return type + ", seed " + seed;
        }
    }

    Stream<Trial> trials() {
        return Stream.of(DType.F32, DType.BF16).flatMap(type -> RandomValues.seeds(seeds()).mapToObj(seed -> new Trial(type, seed)));
    }

    private Comparison comparison(Trial trial) {
        return new Comparison(trial.seed(), IntStream.of(threadCounts()).mapToObj(this::open).toList());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void copyRows(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int batch = c.random.between(1, 3);
            int rows = c.random.between(0, 5);
            int width = c.random.pick(WIDTHS);
            int toFirst = c.random.between(0, 3);
            int fromFirst = c.random.between(0, 3);
            for (DType from : List.of(DType.F32, DType.BF16)) {
                Twin source = c.normal("from", from, batch * (fromFirst + rows + c.random.between(1, 2)), width);
                Twin target = c.normal("to", trial.type(), batch * (toFirst + rows + c.random.between(1, 2)), width);
                c.runExactly((backend, side) -> backend.copyRows(side.of(target), toFirst, side.of(source), fromFirst, rows, batch));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void convert(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int[] shape = {c.random.pick(ROWS), c.random.pick(WIDTHS)};
            for (DType from : List.of(DType.F32, DType.BF16)) {
                Twin source = c.scaled(100, "from", from, shape);
                Twin target = c.normal("to", trial.type(), shape);
                c.runExactly((backend, side) -> backend.convert(side.of(target), side.of(source)));
            }
        }
    }

    // ---- embedding, norm, residual stream ----

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void embedding(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int rows = c.random.pick(ROWS);
            int vocabularySize = c.random.pick(1, 7, 300);
            Twin table = c.normal("table", DType.F32, vocabularySize, c.random.pick(WIDTHS));
            Twin ids = c.ids("ids", rows, 0, vocabularySize);
            Twin out = c.normal("out", DType.F32, rows, table.expected().columns());
            Twin tableGradient = c.like("tableGradient", table);
            Twin outGradient = c.like("outGradient", out);
            c.runExactly((backend, side) -> backend.embedding(side.of(out), side.of(table), side.of(ids)));
            c.runExactly((backend, side) -> backend.embeddingBackward(side.of(tableGradient), side.of(outGradient), side.of(ids)));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void norm(Trial trial) {
        try (Comparison c = comparison(trial)) {
            Twin x = c.scaled(c.random.pick(1, 30), "x", DType.F32, c.random.pick(ROWS), c.random.pick(WIDTHS));
            Twin out = c.normal("out", trial.type(), x.expected().shape());
            Twin inverseRms = c.normal("inverseRms", DType.F32, x.expected().rows());
            Twin xGradient = c.like("xGradient", x);
            c.run((backend, side) -> backend.norm(side.of(out), side.of(inverseRms), side.of(x)), out, inverseRms);
            for (DType gradientType : List.of(DType.F32, DType.BF16)) {
                Twin outGradient = c.normal("outGradient", gradientType, x.expected().shape());
                for (boolean accumulate : new boolean[]{false, true}) {
                    c.run((backend, side) -> backend.normBackward(side.of(xGradient), side.of(outGradient), side.of(out),
                            side.of(inverseRms), accumulate), xGradient);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void smear(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int length = c.random.pick(1, 2, 17, 130);
            Twin x = c.normal("x", DType.F32, length * c.random.between(1, 3), c.random.pick(WIDTHS));
            Twin gate = c.scaled(0.3, "gate", DType.F32, 1, Backend.SMEAR_CHANNELS);
            Twin lambda = c.normal("lambda", DType.F32, 1);
            Twin out = c.like("out", x);
            Twin outGradient = c.like("outGradient", x);
            Twin xGradient = c.like("xGradient", x);
            Twin gateGradient = c.sum("gateGradient", x.expected().size(), DType.F32, 1, Backend.SMEAR_CHANNELS);
            Twin lambdaGradient = c.sum("lambdaGradient", x.expected().size(), DType.F32, 1);
            c.run((backend, side) -> backend.smear(side.of(out), side.of(x), side.of(gate), side.of(lambda), length), out);
            Operation backward = (backend, side) -> backend.smearBackward(side.wanted(xGradient), side.wanted(gateGradient),
                    side.wanted(lambdaGradient), side.of(outGradient), side.of(x), side.of(gate), side.of(lambda), length);
            c.run(backward, xGradient, gateGradient, lambdaGradient);
            c.runLeavingOut(backward, xGradient, gateGradient, lambdaGradient);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void mix(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int layer = c.random.between(0, 3);
            Twin x = c.normal("x", DType.F32, c.random.pick(ROWS), c.random.pick(WIDTHS));
            Twin x0 = c.like("x0", x);
            Twin residLambdas = c.normal("residLambdas", DType.F32, 4);
            Twin x0Lambdas = c.normal("x0Lambdas", DType.F32, 4);
            Twin out = c.like("out", x);
            Twin outGradient = c.like("outGradient", x);
            Twin xGradient = c.like("xGradient", x);
            Twin x0Gradient = c.like("x0Gradient", x);
            Twin residGradient = c.sum("residGradient", x.expected().size(), DType.F32, 4);
            Twin x0LambdaGradient = c.sum("x0LambdaGradient", x.expected().size(), DType.F32, 4);
            for (boolean one : new boolean[]{false, true}) {
                Twin start = one ? x : x0;
                c.run((backend, side) -> backend.mix(side.of(out), side.of(x), side.of(start), side.of(residLambdas), side.of(x0Lambdas),
                        layer), out);
                Twin startGradient = one ? xGradient : x0Gradient;
                for (int accumulate = 0; accumulate < 4; accumulate++) {
                    boolean accumulateX0 = accumulate >= 2;
                    boolean accumulateX = one ? accumulateX0 : accumulate % 2 == 1;
                    Operation backward = (backend, side) -> backend.mixBackward(side.wanted(xGradient), accumulateX,
                            side.wanted(startGradient), accumulateX0, side.wanted(residGradient), side.wanted(x0LambdaGradient),
                            side.of(outGradient), side.of(x), side.of(start), side.of(residLambdas), side.of(x0Lambdas), layer);
                    c.run(backward, xGradient, x0Gradient, residGradient, x0LambdaGradient);
                    c.runLeavingOut(backward, xGradient, x0Gradient, residGradient, x0LambdaGradient);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void subtractScaled(Trial trial) {
        try (Comparison c = comparison(trial)) {
            Twin x = c.normal("x", DType.F32, c.random.pick(ROWS), c.random.pick(WIDTHS));
            Twin other = c.like("other", x);
            Twin lambda = c.normal("lambda", DType.F32, 1);
            Twin out = c.like("out", x);
            Twin outGradient = c.like("outGradient", x);
            Twin xGradient = c.like("xGradient", x);
            Twin otherGradient = c.like("otherGradient", x);
            Twin lambdaGradient = c.sum("lambdaGradient", x.expected().size(), DType.F32, 1);
            c.run((backend, side) -> backend.subtractScaled(side.of(out), side.of(x), side.of(other), side.of(lambda)), out);
            for (Twin second : List.of(otherGradient, xGradient)) {
                Operation backward = (backend, side) -> backend.subtractScaledBackward(side.wanted(xGradient), side.wanted(second),
                        side.wanted(lambdaGradient), side.of(outGradient), side.of(other), side.of(lambda));
                c.run(backward, xGradient, otherGradient, lambdaGradient);
                c.runLeavingOut(backward, xGradient, otherGradient, lambdaGradient);
            }
        }
    }

    // ---- matrix products ----

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void linear(Trial trial) {
        try (Comparison c = comparison(trial)) {
            DType type = trial.type();
            int rows = c.random.pick(ROWS);
            int in = c.random.pick(1, 12, 48, 130, 257);
            int out = c.random.pick(1, 2, 17, 64, 130);
            Twin x = c.normal("x", type, rows, in);
            Twin w = c.normal("w", type, out, in);
            Twin wGradient = c.normal("wGradient", DType.F32, out, in);
            Twin yGradient = c.normal("yGradient", type, rows, out);
            c.run((backend, side) -> backend.linearBackwardWeight(side.of(wGradient), side.of(yGradient), side.of(x)), wGradient);
            for (DType resultType : List.of(type, DType.F32)) {
                Twin y = c.normal("y", resultType, rows, out);
                Twin xGradient = c.normal("xGradient", resultType, rows, in);
                for (boolean accumulate : new boolean[]{false, true}) {
                    c.run((backend, side) -> backend.linear(side.of(y), side.of(x), side.of(w), accumulate), y);
                    c.run((backend, side) -> backend.linearBackwardInput(side.of(xGradient), side.of(yGradient), side.of(w), accumulate),
                            xGradient);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void reluSquared(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int[] shape = {c.random.pick(ROWS), c.random.pick(WIDTHS)};
            for (DType other : List.of(DType.F32, DType.BF16)) {
                Twin x = c.normal("x", trial.type(), shape);
                Twin out = c.normal("out", other, shape);
                Twin xGradient = c.normal("xGradient", other, shape);
                c.run((backend, side) -> backend.reluSquared(side.of(out), side.of(x)), out);
                c.run((backend, side) -> backend.reluSquaredBackward(side.of(xGradient), side.of(out), side.of(x)), xGradient);
                c.run((backend, side) -> backend.reluSquaredBackward(side.of(out), side.of(out), side.of(x)), out);
            }
        }
    }

    // ---- attention ----

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void valueEmbedding(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int rows = c.random.pick(ROWS);
            int kvHeads = c.random.pick(1, 2, 3);
            int width = kvHeads * c.random.pick(2, 16, 24, 64);
            Twin values = c.normal("values", trial.type(), rows, width);
            Twin x = c.normal("x", trial.type(), rows, c.random.pick(WIDTHS));
            Twin gate = c.scaled(0.3, "gate", DType.F32, kvHeads, Backend.VALUE_GATE_CHANNELS);
            Twin table = c.normal("table", DType.F32, 19, width);
            Twin ids = c.ids("ids", rows, 0, 19);
            Twin gateValues = c.normal("gateValues", DType.F32, rows, kvHeads);
            Twin valuesGradient = c.like("valuesGradient", values);
            Twin tableGradient = c.like("tableGradient", table);
            Twin gateGradient = c.sum("gateGradient", (long) rows * width, DType.F32, kvHeads, Backend.VALUE_GATE_CHANNELS);
            Twin xGradient = c.normal("xGradient", DType.F32, x.expected().shape());
            c.run((backend, side) -> backend.valueEmbedding(side.of(values), side.of(gateValues), side.of(x), side.of(gate),
                    side.of(table), side.of(ids)), values, gateValues);
            Operation backward = (backend, side) -> backend.valueEmbeddingBackward(side.wanted(tableGradient), side.wanted(gateGradient),
                    side.wanted(xGradient), side.of(valuesGradient), side.of(gateValues), side.of(x), side.of(gate), side.of(table),
                    side.of(ids));
            c.run(backward, tableGradient, gateGradient, xGradient);
            c.runLeavingOut(backward, tableGradient, gateGradient, xGradient);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void rotaryNorm(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int length = c.random.pick(1, 3, 33);
            int headSize = c.random.pick(2, 6, 16, 24, 64, 128);
            int heads = c.random.pick(1, 2, 5);
            Twin x = c.scaled(c.random.pick(1, 10), "x", trial.type(), length * c.random.between(1, 3), heads * headSize);
            Twin cos = c.normal("cos", DType.F32, length + c.random.between(0, 2), headSize / 2);
            Twin sin = c.like("sin", cos);
            Twin inverseRms = c.normal("inverseRms", DType.F32, x.expected().rows(), heads);
            Twin gradient = c.like("gradient", x);
            c.run((backend, side) -> backend.rotaryNorm(side.of(x), side.of(inverseRms), side.of(cos), side.of(sin), length, headSize,
                    1.2f), x, inverseRms);
            c.run((backend, side) -> backend.rotaryNormBackward(side.of(gradient), side.of(x), side.of(inverseRms), side.of(cos),
                    side.of(sin), length, headSize, 1.2f), gradient);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void attention(Trial trial) {
        try (Comparison c = comparison(trial)) {
            for (int length : new int[]{1, 17, c.random.pick(64, 65, 130, 200)}) {
                int batch = length < 100 ? 2 : 1;
                attention(c, trial.type(), batch, length, new Visibility.Causal(c.random.pick(0, 1, 7, 63, 64, 1000)));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void attentionInBothDirections(Trial trial) {
        try (Comparison c = comparison(trial)) {
            attention(c, trial.type(), 2, c.random.pick(2, 17, 33), new Visibility.BothDirections());
            attention(c, trial.type(), 1, c.random.pick(65, 129, 150), new Visibility.BothDirections());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void attentionWithPrefixes(Trial trial) {
        try (Comparison c = comparison(trial)) {
            for (int length : new int[]{1, 19, c.random.pick(129, 150, 257)}) {
                attention(c, trial.type(), 2, length, new Visibility.Prefix(List.of(c.random.between(0, length), c.random.pick(0, 1,
                        length))));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void attentionAfterAMemory(Trial trial) {
        try (Comparison c = comparison(trial)) {
            for (boolean learned : new boolean[]{false, true}) {
                attention(c, trial.type(), 2, c.random.pick(1, 17, 33), new Visibility.AfterMemory(c.random.pick(1, 5, 130), learned,
                        c.random.pick(0, 3, 1000)));
                attention(c, trial.type(), 1, c.random.pick(129, 150), new Visibility.AfterMemory(c.random.pick(1, 40, 131), learned,
                        c.random.pick(20, 129, 1000)));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void attentionInBlocks(Trial trial) {
        try (Comparison c = comparison(trial)) {
            attention(c, trial.type(), 2, c.random.pick(2, 17, 33), new Visibility.Blocks(c.random.pick(1, 4, 40)));
            attention(c, trial.type(), 1, c.random.pick(65, 129, 150), new Visibility.Blocks(c.random.pick(3, 16, 70)));
            attention(c, trial.type(), 2, c.random.pick(1, 5, 17), new Visibility.WholeAfterMemory(c.random.pick(0, 3, 130)));
            attention(c, trial.type(), 1, c.random.pick(65, 129), new Visibility.WholeAfterMemory(c.random.pick(1, 64, 131)));
        }
    }

    /// What is causal by another name gives the same bits.
    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void withoutPrefixOrMemoryAttentionIsCausal(Trial trial) {
        try (Comparison c = comparison(trial); Backend backend = create(threadCounts()[0])) {
            int length = c.random.pick(1, 33, 150);
            Tensor q = normal(c, backend, trial.type(), length, 48);
            Tensor k = normal(c, backend, trial.type(), length, 24);
            Tensor v = normal(c, backend, trial.type(), length, 24);
            Tensor outGradient = normal(c, backend, trial.type(), length, 48);
            List<float[]> causal = attend(backend, q, k, v, outGradient, new Visibility.Causal(length));
            for (Visibility other : List.of(new Visibility.Prefix(List.of(0)), new Visibility.AfterMemory(0, false, length))) {
                List<float[]> same = attend(backend, q, k, v, outGradient, other);
                for (int i = 0; i < causal.size(); i++) {
                    assertThat(same.get(i)).as("result %d of %s, seed %d", i, other, trial.seed()).isEqualTo(causal.get(i));
                }
            }
        }
    }

    private static Tensor normal(Comparison c, Backend backend, DType type, int... shape) {
        Tensor tensor = backend.allocate(type, shape);
        backend.write(tensor, c.random.normal(tensor.size(), 1));
        return tensor;
    }

    private static List<float[]> attend(Backend backend, Tensor q, Tensor k, Tensor v, Tensor outGradient, Visibility visibility) {
        AttentionShape shape = new AttentionShape(1, q.rows(), 2, 1, 24, visibility);
        Tensor out = backend.allocate(q.dtype(), q.shape());
        Tensor logSumExp = backend.allocate(DType.F32, 1, 2, q.rows());
        Tensor qGradient = backend.allocate(q.dtype(), q.shape());
        Tensor kGradient = backend.allocate(q.dtype(), k.shape());
        Tensor vGradient = backend.allocate(q.dtype(), v.shape());
        backend.attention(out, logSumExp, q, k, v, shape);
        backend.attentionBackward(qGradient, kGradient, vGradient, outGradient, q, k, v, out, logSumExp, shape);
        return Stream.of(out, logSumExp, qGradient, kGradient, vGradient).map(backend::read).toList();
    }

    private static void attention(Comparison c, DType type, int batch, int length, Visibility visibility) {
        int kvHeads = c.random.pick(1, 2);
        attention(c, type, new AttentionShape(batch, length, kvHeads * c.random.between(1, 2), kvHeads,
                c.random.pick(2, 8, 16, 24, 64, 128), visibility));
    }

    private static void attention(Comparison c, DType type, AttentionShape shape) {
        int rows = shape.batch() * shape.queries();
        int keys = shape.batch() * shape.keys();
        int learned = shape.batch() * shape.learnedKeys();
        int queryWidth = shape.heads() * shape.headSize();
        int keyWidth = shape.kvHeads() * shape.headSize();
        Twin q = c.normal("q", type, rows, queryWidth);
        Twin k = c.normal("k", type, keys, keyWidth);
        Twin v = c.normal("v", type, keys, keyWidth);
        Twin out = c.normal("out", type, rows, queryWidth);
        Twin logSumExp = c.normal("logSumExp", DType.F32, shape.batch(), shape.heads(), shape.queries());
        Twin outGradient = c.normal("outGradient", type, rows, queryWidth);
        // Where every query sees one key, these gradients are zero, with errors in parts of the terms that cancel.
        int least = IntStream.range(0, rows).allMatch(n -> shape.endKey(n / shape.queries(), n % shape.queries())
                - shape.firstKey(n % shape.queries()) == 1) ? 1 : 0;
        Twin qGradient = c.sum("qGradient", least, type, rows, queryWidth);
        Twin kGradient = c.sum("kGradient", least, type, learned, keyWidth);
        Twin vGradient = c.normal("vGradient", type, learned, keyWidth);
        c.run(type, (backend, side) -> backend.attention(side.of(out), side.of(logSumExp), side.of(q), side.of(k), side.of(v), shape),
                out, logSumExp);
        c.run(type, (backend, side) -> backend.attentionBackward(side.of(qGradient), side.of(kGradient), side.of(vGradient),
                side.of(outGradient), side.of(q), side.of(k), side.of(v), side.of(out), side.of(logSumExp), shape),
                qGradient, kGradient, vGradient);
    }

    // ---- logits and loss ----

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void logitsAndCrossEntropy(Trial trial) {
        try (Comparison c = comparison(trial)) {
            DType type = trial.type();
            int rows = c.random.pick(ROWS);
            int width = c.random.pick(24, 25, 130);
            int vocabularySize = c.random.pick(2, 17, 130, 301);
            float scale = c.random.pick(1, 3) / 2f;
            Twin x = c.normal("x", type, rows, width);
            // Logits from almost linear to far into the softcap.
            Twin w = c.scaled(c.random.pick(1, 20) / Math.sqrt(width), "w", type, vocabularySize + c.random.pick(0, 1, 62), width);
            Twin targets = c.ids("targets", rows, -1, vocabularySize);
            Twin ignored = c.ids("ignored targets", rows, -1, 0);
            Twin logits = c.normal("logits", DType.F32, rows, vocabularySize);
            Twin losses = c.normal("losses", DType.F32, rows);
            Twin xGradient = c.normal("xGradient", DType.F32, rows, width);
            Twin wGradient = c.scaled(0.1, "wGradient", DType.F32, w.expected().shape());
            c.run((backend, side) -> backend.logits(side.of(logits), side.of(x), side.of(w)), logits);
            c.run(type, (backend, side) -> backend.crossEntropy(side.of(losses), side.of(x), side.of(w), side.of(targets),
                    vocabularySize), losses);
            for (Twin chosen : List.of(targets, ignored)) {
                Operation backward = (backend, side) -> backend.crossEntropyWithGradient(side.of(losses), side.wanted(xGradient),
                        side.wanted(wGradient), side.of(x), side.of(w), side.of(chosen), vocabularySize,
                        new LossWeights.Uniform(scale));
                c.run(type, backward, losses, xGradient, wGradient);
                c.runLeavingOut(backward, xGradient, wGradient);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void crossEntropyWhereMostTargetsDoNotCount(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int rows = c.random.pick(150, 300, 601);
            int width = c.random.pick(24, 130);
            int vocabularySize = c.random.pick(17, 301);
            int[] few = c.random.ids(rows, 0, vocabularySize);
            int[] keep = c.random.ids(rows, 0, c.random.pick(3, 10));
            for (int row = 0; row < rows; row++) {
                few[row] = keep[row] == 0 ? few[row] : -1;
            }
            Twin x = c.normal("x", trial.type(), rows, width);
            Twin w = c.scaled(5 / Math.sqrt(width), "w", trial.type(), vocabularySize, width);
            Twin targets = c.ids("few targets", few);
            Twin losses = c.normal("losses", DType.F32, rows);
            Twin xGradient = c.normal("xGradient", DType.F32, rows, width);
            Twin wGradient = c.scaled(0.1, "wGradient", DType.F32, vocabularySize, width);
            c.run(trial.type(), (backend, side) -> backend.crossEntropy(side.of(losses), side.of(x), side.of(w), side.of(targets),
                    vocabularySize), losses);
            Operation backward = (backend, side) -> backend.crossEntropyWithGradient(side.of(losses), side.wanted(xGradient),
                    side.wanted(wGradient), side.of(x), side.of(w), side.of(targets), vocabularySize,
                    new LossWeights.Uniform(0.5f));
            c.run(trial.type(), backward, losses, xGradient, wGradient);
            c.runLeavingOut(backward, xGradient, wGradient);
        }
    }

    /// Weights of any sign; some are 0, of few rows or of so many that the others are moved together; some rows have no target beside.
    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void crossEntropyWithAWeightForEachPosition(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int rows = c.random.pick(1, 7, 150, 601);
            int width = c.random.pick(24, 25, 130);
            int vocabularySize = c.random.pick(2, 17, 301);
            Twin x = c.normal("x", trial.type(), rows, width);
            Twin w = c.scaled(5 / Math.sqrt(width), "w", trial.type(), vocabularySize + c.random.pick(0, 62), width);
            Twin targets = c.ids("targets", rows, -1, vocabularySize);
            Twin weights = c.normal("weights", DType.F32, rows);
            float[] values = c.read(weights);
            int[] keep = c.random.ids(rows, 0, c.random.pick(2, 10));
            boolean few = c.random.pick(0, 1) == 1;
            for (int row = 0; row < rows; row++) {
                values[row] = few == (keep[row] == 0) ? values[row] : row % 2 == 0 ? 0f : -0f;
            }
            c.write(weights, values);
            Twin losses = c.normal("losses", DType.F32, rows);
            Twin xGradient = c.normal("xGradient", DType.F32, rows, width);
            Twin wGradient = c.scaled(0.1, "wGradient", DType.F32, w.expected().shape());
            Operation backward = (backend, side) -> backend.crossEntropyWithGradient(side.of(losses), side.wanted(xGradient),
                    side.wanted(wGradient), side.of(x), side.of(w), side.of(targets), vocabularySize,
                    new LossWeights.PerPosition(side.of(weights)));
            c.run(trial.type(), backward, losses, xGradient, wGradient);
            c.runLeavingOut(backward, xGradient, wGradient);
        }
    }

    /// Scores of any size; those of a row may be so far apart that one probability is 1.
    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void softmaxAndCrossEntropyOfScores(Trial trial) {
        try (Comparison c = comparison(trial)) {
            int rows = c.random.pick(ROWS);
            int vocabularySize = c.random.pick(1, 2, 17, 130, 301);
            Twin scores = c.scaled(c.random.pick(1, 10, 300), "scores", DType.F32, rows, vocabularySize);
            Twin logits = c.scaled(4, "logits", DType.F32, rows, vocabularySize);
            Twin targets = c.ids("targets", rows, -1, vocabularySize);
            Twin losses = c.normal("losses", DType.F32, rows);
            Twin probabilities = c.like("probabilities", scores);
            c.run((backend, side) -> backend.softmax(side.of(probabilities)), probabilities);
            c.run((backend, side) -> backend.crossEntropyOfScores(side.of(losses), side.of(logits), side.of(scores), side.of(targets),
                    0.5f),
                    losses, logits, scores);
        }
    }

    // ---- optimizer ----

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void adamW(Trial trial) {
        try (Comparison c = comparison(trial)) {
            Twin parameter = c.normal("parameter", DType.F32, c.random.pick(ROWS), c.random.pick(WIDTHS));
            Twin gradient = c.like("gradient", parameter);
            Twin firstMoment = c.like("firstMoment", parameter);
            Twin secondMoment = c.like("secondMoment", parameter);
            c.write(secondMoment, RandomValues.absolute(c.read(secondMoment)));
            for (int step : new int[]{1, 2, 1000}) {
                AdamWStep adamW = new AdamWStep(0.3f, 0.8f, 0.95f, 1e-10f, 0.1f, step);
                c.run((backend, side) -> backend.adamW(side.of(parameter), side.of(gradient), side.of(firstMoment), side.of(secondMoment),
                        adamW), parameter, firstMoment, secondMoment);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void muon(Trial trial) {
        try (Comparison c = comparison(trial)) {
            MuonStep step = new MuonStep(0.5f, 0.9f, 0.9f, 0.1f);
            List<MuonTwins> matrices = new ArrayList<>();
            for (int[] shape : new int[][]{{1, 12}, {3, 12}, {48, 48}, {48, 48}, {c.random.pick(1, 16, 33), 130}, {150, 260}, {300, 129}, {
                65, 24}, {17, 1}}) {
                matrices.add(MuonTwins.random(c, shape));
            }
            MuonTwins zero = MuonTwins.random(c, 16, 24);
            c.write(zero.gradient(), new float[16 * 24]);
            c.write(zero.momentum(), new float[16 * 24]);
            c.write(zero.secondMoment(), new float[24]);
            matrices.add(zero);
            for (MuonTwins matrix : matrices) {
                matrix.avoidSignFlips(c, step);
            }
            Twin[] outputs = matrices.stream().flatMap(m -> Stream.of(m.parameter(), m.momentum(), m.secondMoment())).toArray(Twin[]::new);
            c.run(muonTolerance(), (backend, side) -> backend.muon(matrices.stream().map(m -> m.on(side)).toList(), step), outputs);
        }
    }
}
