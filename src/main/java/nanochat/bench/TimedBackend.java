package nanochat.bench;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.tensor.AdamWStep;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.MuonMatrix;
import nanochat.tensor.MuonStep;
import nanochat.tensor.Tensor;

/// A backend that lets another one work and keeps the books: how long each kind of operation took, and the floating-point operations or
/// the bytes it cannot do without. Products count operations; everything else counts the bytes it has to read and write once.
final class TimedBackend implements Backend {
    /// What one kind of operation has cost so far.
    static final class Cost {
        private long nanoseconds;
        private int calls;
        private double flops;
        private double bytes;

        double seconds() {
            return nanoseconds * 1e-9;
        }

        int calls() {
            return calls;
        }

        /// Floating-point operations it cannot do without.
        double flops() {
            return flops;
        }

        /// Bytes it cannot do without moving.
        double bytes() {
            return bytes;
        }
    }

    private final Backend backend;
    private final Map<String, Cost> costs = new LinkedHashMap<>();
    private long lossKnown;

    TimedBackend(Backend backend) {
        this.backend = backend;
    }

    /// By the name of the operation, in the order in which they first ran.
    Map<String, Cost> costs() {
        return costs;
    }

    /// When the last loss that gradients start from was done: where a forward pass ends, in [System#nanoTime].
    long lossKnown() {
        return lossKnown;
    }

    void reset() {
        costs.clear();
    }

    private void timed(String operation, double flops, double bytes, Runnable work) {
        long start = System.nanoTime();
        work.run();
        backend.finish();
        Cost cost = costs.computeIfAbsent(operation, name -> new Cost());
        cost.nanoseconds += System.nanoTime() - start;
        cost.calls++;
        cost.flops += flops;
        cost.bytes += bytes;
    }

    /// A product of the rows of `y` and `x`, summed over either's columns.
    private static double product(Tensor y, Tensor x) {
        return 2.0 * y.size() * x.columns();
    }

    /// One product over the scores that are not masked.
    private static double scores(AttentionShape shape) {
        double visible = 0;
        for (int row = 0; row < shape.batch(); row++) {
            for (int query = 0; query < shape.queries(); query++) {
                visible += shape.endKey(row, query) - shape.firstKey(query);
            }
        }
        return 2.0 * shape.heads() * shape.headSize() * visible;
    }

    /// Five steps of three products each, of which the first two are symmetric: half of their elements are enough.
    private static double muonFlops(List<MuonMatrix> matrices) {
        double flops = 0;
        for (MuonMatrix matrix : matrices) {
            double rows = matrix.parameter().rows();
            double columns = matrix.parameter().columns();
            double side = Math.min(rows, columns);
            flops += 5 * (3 * rows * columns * side + side * side * side);
        }
        return flops;
    }

    @Override
    public String description() {
        return backend.description();
    }

    @Override
    public Tensor allocate(DType dtype, int... shape) {
        return backend.allocate(dtype, shape);
    }

    @Override
    public long allocatedBytes() {
        return backend.allocatedBytes();
    }

    @Override
    public long tensorBytes() {
        return backend.tensorBytes();
    }

    @Override
    public void write(Tensor tensor, float[] values) {
        backend.write(tensor, values);
    }

    @Override
    public void write(Tensor tensor, int[] values) {
        backend.write(tensor, values);
    }

    @Override
    public void copyIn(Tensor tensor, MemorySegment bytes) {
        backend.copyIn(tensor, bytes);
        lossKnown = System.nanoTime(); // on the way through a model that is a gradient which was computed elsewhere
    }

    @Override
    public void copyOut(Tensor tensor, MemorySegment bytes) {
        backend.copyOut(tensor, bytes);
    }

    @Override
    public float[] read(Tensor tensor) {
        return backend.read(tensor);
    }

    @Override
    public void finish() {
        backend.finish();
    }

    @Override
    public void zero(Tensor tensor) {
        timed("zero", 0, tensor.bytes(), () -> backend.zero(tensor));
    }

    @Override
    public void convert(Tensor to, Tensor from) {
        timed("convert", 0, to.bytes() + from.bytes(), () -> backend.convert(to, from));
    }

    @Override
    public void copyRows(Tensor to, int toFirst, Tensor from, int fromFirst, int rows, int batch) {
        double bytes = (double) rows * batch * to.columns() * (to.dtype().bytes() + from.dtype().bytes());
        timed("copy rows", 0, bytes, () -> backend.copyRows(to, toFirst, from, fromFirst, rows, batch));
    }

    @Override
    public void embedding(Tensor out, Tensor table, Tensor ids) {
        timed("embedding", 0, 2 * out.bytes(), () -> backend.embedding(out, table, ids));
    }

    @Override
    public void embeddingBackward(Tensor tableGradient, Tensor outGradient, Tensor ids) {
        timed("embedding backward", 0, 3 * outGradient.bytes(), () -> backend.embeddingBackward(tableGradient, outGradient, ids));
    }

    @Override
    public void norm(Tensor out, Tensor inverseRms, Tensor x) {
        timed("norm", 0, x.bytes() + out.bytes(), () -> backend.norm(out, inverseRms, x));
    }

    @Override
    public void normBackward(Tensor xGradient, Tensor outGradient, Tensor out, Tensor inverseRms, boolean accumulate) {
        timed("norm backward", 0, outGradient.bytes() + out.bytes() + (accumulate ? 2 : 1) * xGradient.bytes(),
                () -> backend.normBackward(xGradient, outGradient, out, inverseRms, accumulate));
    }

    @Override
    public void smear(Tensor out, Tensor x, Tensor gate, Tensor lambda, int length) {
        timed("smear", 0, 2 * x.bytes(), () -> backend.smear(out, x, gate, lambda, length));
    }

    @Override
    public void smearBackward(Optional<Tensor> xGradient, Optional<Tensor> gateGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor x, Tensor gate,
            Tensor lambda, int length) {
        timed("smear backward", 0, 3 * x.bytes(),
                () -> backend.smearBackward(xGradient, gateGradient, lambdaGradient, outGradient, x, gate, lambda, length));
    }

    @Override
    public void mix(Tensor out, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        timed("mix", 0, 3 * x.bytes(), () -> backend.mix(out, x, x0, residLambdas, x0Lambdas, layer));
    }

    @Override
    public void mixBackward(Optional<Tensor> xGradient, boolean accumulateX, Optional<Tensor> x0Gradient, boolean accumulateX0,
            Optional<Tensor> residGradient,
            Optional<Tensor> x0LambdaGradient, Tensor outGradient, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        timed("mix backward", 0, (5 + (accumulateX ? 1 : 0) + (accumulateX0 ? 1 : 0)) * x.bytes(),
                () -> backend.mixBackward(xGradient, accumulateX, x0Gradient, accumulateX0, residGradient, x0LambdaGradient, outGradient,
                        x, x0, residLambdas, x0Lambdas, layer));
    }

    @Override
    public void subtractScaled(Tensor out, Tensor x, Tensor other, Tensor lambda) {
        timed("subtract scaled", 0, 3 * x.bytes(), () -> backend.subtractScaled(out, x, other, lambda));
    }

    @Override
    public void subtractScaledBackward(Optional<Tensor> xGradient, Optional<Tensor> otherGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor other,
            Tensor lambda) {
        timed("subtract scaled backward", 0, 4 * outGradient.bytes(),
                () -> backend.subtractScaledBackward(xGradient, otherGradient, lambdaGradient, outGradient, other, lambda));
    }

    @Override
    public void linear(Tensor y, Tensor x, Tensor w, boolean accumulate) {
        timed("linear", product(y, x), 0, () -> backend.linear(y, x, w, accumulate));
    }

    @Override
    public void linearBackwardInput(Tensor xGradient, Tensor yGradient, Tensor w, boolean accumulate) {
        timed("linear backward, input", product(yGradient, xGradient), 0,
                () -> backend.linearBackwardInput(xGradient, yGradient, w, accumulate));
    }

    @Override
    public void linearBackwardWeight(Tensor wGradient, Tensor yGradient, Tensor x) {
        timed("linear backward, weight", product(yGradient, x), 0, () -> backend.linearBackwardWeight(wGradient, yGradient, x));
    }

    @Override
    public void reluSquared(Tensor out, Tensor x) {
        timed("relu squared", 0, x.bytes() + out.bytes(), () -> backend.reluSquared(out, x));
    }

    @Override
    public void reluSquaredBackward(Tensor xGradient, Tensor outGradient, Tensor x) {
        timed("relu squared backward", 0, x.bytes() + outGradient.bytes() + xGradient.bytes(),
                () -> backend.reluSquaredBackward(xGradient, outGradient, x));
    }

    @Override
    public void valueEmbedding(Tensor values, Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        timed("value embedding", 0, 3 * values.bytes(), () -> backend.valueEmbedding(values, gateValues, x, gate, table, ids));
    }

    @Override
    public void valueEmbeddingBackward(Optional<Tensor> tableGradient, Optional<Tensor> gateGradient, Optional<Tensor> xGradient,
            Tensor valuesGradient,
            Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        timed("value embedding backward", 0, 2 * valuesGradient.bytes() + 3L * valuesGradient.size() * Float.BYTES,
                () -> backend.valueEmbeddingBackward(tableGradient, gateGradient, xGradient, valuesGradient, gateValues, x, gate, table,
                        ids));
    }

    @Override
    public void rotaryNorm(Tensor x, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize, float scale) {
        timed("rotary norm", 0, 2 * x.bytes(), () -> backend.rotaryNorm(x, inverseRms, cos, sin, length, headSize, scale));
    }

    @Override
    public void rotaryNormBackward(Tensor gradient, Tensor out, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize,
            float scale) {
        timed("rotary norm backward", 0, 3 * out.bytes(),
                () -> backend.rotaryNormBackward(gradient, out, inverseRms, cos, sin, length, headSize, scale));
    }

    @Override
    public void attention(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        timed("attention", 2 * scores(shape), 0, () -> backend.attention(out, logSumExp, q, k, v, shape));
    }

    @Override
    public void attentionBackward(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v,
            Tensor out, Tensor logSumExp, AttentionShape shape) {
        timed("attention backward", 5 * scores(shape), 0,
                () -> backend.attentionBackward(qGradient, kGradient, vGradient, outGradient, q, k, v, out, logSumExp, shape));
    }

    @Override
    public void logits(Tensor logits, Tensor x, Tensor w) {
        timed("logits", product(logits, x), 0, () -> backend.logits(logits, x, w));
    }

    @Override
    public void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        timed("cross entropy", 2.0 * x.size() * vocabularySize, 0, () -> backend.crossEntropy(losses, x, w, targets, vocabularySize));
    }

    @Override
    public void crossEntropyWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w,
            Tensor targets, int vocabularySize, LossWeights weights) {
        timed("cross entropy with gradient", 6.0 * x.size() * vocabularySize, 0,
                () -> backend.crossEntropyWithGradient(losses, xGradient, wGradient, x, w, targets, vocabularySize, weights));
        lossKnown = System.nanoTime();
    }

    @Override
    public void softmax(Tensor scores) {
        timed("softmax", 0, 2 * scores.bytes(), () -> backend.softmax(scores));
    }

    @Override
    public void crossEntropyOfScores(Tensor losses, Tensor logits, Tensor scores, Tensor targets, float weight) {
        timed("cross entropy of scores", 0, 2 * (logits.bytes() + scores.bytes()), () -> backend.crossEntropyOfScores(losses, logits,
                scores,
                targets, weight));
        lossKnown = System.nanoTime();
    }

    @Override
    public void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
        timed("adamW", 0, 7 * parameter.bytes(), () -> backend.adamW(parameter, gradient, firstMoment, secondMoment, step));
    }

    @Override
    public void muon(List<MuonMatrix> matrices, MuonStep step) {
        timed("muon", muonFlops(matrices), 0, () -> backend.muon(matrices, step));
    }

    @Override
    public void close() {
        backend.close();
    }
}
