package nanochat.tensor.reference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import nanochat.tensor.AdamWStep;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.LossWeights;
import nanochat.tensor.MuonMatrix;
import nanochat.tensor.MuonStep;
import nanochat.tensor.Tensor;

/// The oracle that every other backend is tested against: one thread, scalar Java, every formula written down as it is in books, all
/// arithmetic in double, rounded once when it is stored. Any operation takes any combination of types that [Backend] allows.
public final class ReferenceBackend implements Backend {
    private static final long ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();
    private long tensorBytes;

    @Override
    public String description() {
        return "reference: scalar Java in double precision, one thread";
    }

    // ---- memory ----

    @Override
    public Tensor allocate(DType dtype, int... shape) {
        long bytes = Tensor.size(shape) * dtype.bytes();
        Tensor tensor = new Tensor(dtype, new HostMemory(arena.allocate(bytes, ALIGNMENT)), shape);
        tensorBytes += bytes;
        return tensor;
    }

    @Override
    public long allocatedBytes() {
        return tensorBytes;
    }

    @Override
    public long tensorBytes() {
        return tensorBytes;
    }

    @Override
    public void write(Tensor tensor, float[] values) {
        for (int i = 0; i < values.length; i++) {
            Elements.set(tensor, i, values[i]);
        }
    }

    @Override
    public void write(Tensor tensor, int[] values) {
        MemorySegment.copy(values, 0, HostMemory.of(tensor), ValueLayout.JAVA_INT, 0, values.length);
    }

    @Override
    public void copyIn(Tensor tensor, MemorySegment bytes) {
        HostMemory.of(tensor).copyFrom(bytes);
    }

    @Override
    public void copyOut(Tensor tensor, MemorySegment bytes) {
        bytes.copyFrom(HostMemory.of(tensor));
    }

    @Override
    public float[] read(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = Elements.get(tensor, i);
        }
        return values;
    }

    @Override
    public void finish() {
        // Every operation here has finished when it returns.
    }

    @Override
    public void zero(Tensor tensor) {
        HostMemory.of(tensor).fill((byte) 0);
    }

    @Override
    public void convert(Tensor to, Tensor from) {
        for (long i = 0; i < to.size(); i++) {
            Elements.set(to, i, Elements.get(from, i));
        }
    }

    @Override
    public void copyRows(Tensor to, int toFirst, Tensor from, int fromFirst, int rows, int batch) {
        for (int part = 0; part < batch; part++) {
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < to.columns(); column++) {
                    Elements.set(to, part * (to.rows() / batch) + toFirst + row, column,
                            Elements.get(from, part * (from.rows() / batch) + fromFirst + row, column));
                }
            }
        }
    }

    // ---- embedding, norm, residual stream ----

    @Override
    public void embedding(Tensor out, Tensor table, Tensor ids) {
        ReferenceStream.embedding(out, table, ids);
    }

    @Override
    public void embeddingBackward(Tensor tableGradient, Tensor outGradient, Tensor ids) {
        ReferenceStream.embeddingBackward(tableGradient, outGradient, ids);
    }

    @Override
    public void norm(Tensor out, Tensor inverseRms, Tensor x) {
        ReferenceStream.norm(out, inverseRms, x);
    }

    @Override
    public void normBackward(Tensor xGradient, Tensor outGradient, Tensor out, Tensor inverseRms, boolean accumulate) {
        ReferenceStream.normBackward(xGradient, outGradient, out, inverseRms, accumulate);
    }

    @Override
    public void smear(Tensor out, Tensor x, Tensor gate, Tensor lambda, int length) {
        ReferenceStream.smear(out, x, gate, lambda, length);
    }

    @Override
    public void smearBackward(Optional<Tensor> xGradient, Optional<Tensor> gateGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor x, Tensor gate,
            Tensor lambda, int length) {
        ReferenceStream.smearBackward(xGradient, gateGradient, lambdaGradient, outGradient, x, gate, lambda, length);
    }

    @Override
    public void mix(Tensor out, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        ReferenceStream.mix(out, x, x0, residLambdas, x0Lambdas, layer);
    }

    @Override
    public void mixBackward(Optional<Tensor> xGradient, boolean accumulateX, Optional<Tensor> x0Gradient, boolean accumulateX0,
            Optional<Tensor> residGradient,
            Optional<Tensor> x0LambdaGradient, Tensor outGradient, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        ReferenceStream.mixBackward(xGradient, accumulateX, x0Gradient, accumulateX0, residGradient, x0LambdaGradient, outGradient, x, x0,
                residLambdas, x0Lambdas, layer);
    }

    @Override
    public void subtractScaled(Tensor out, Tensor x, Tensor other, Tensor lambda) {
        ReferenceStream.subtractScaled(out, x, other, lambda);
    }

    @Override
    public void subtractScaledBackward(Optional<Tensor> xGradient, Optional<Tensor> otherGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor other,
            Tensor lambda) {
        ReferenceStream.subtractScaledBackward(xGradient, otherGradient, lambdaGradient, outGradient, other, lambda);
    }

    // ---- matrix products ----

    @Override
    public void linear(Tensor y, Tensor x, Tensor w, boolean accumulate) {
        ReferenceLinear.linear(y, x, w, accumulate);
    }

    @Override
    public void linearBackwardInput(Tensor xGradient, Tensor yGradient, Tensor w, boolean accumulate) {
        ReferenceLinear.linearBackwardInput(xGradient, yGradient, w, accumulate);
    }

    @Override
    public void linearBackwardWeight(Tensor wGradient, Tensor yGradient, Tensor x) {
        ReferenceLinear.linearBackwardWeight(wGradient, yGradient, x);
    }

    @Override
    public void reluSquared(Tensor out, Tensor x) {
        ReferenceLinear.reluSquared(out, x);
    }

    @Override
    public void reluSquaredBackward(Tensor xGradient, Tensor outGradient, Tensor x) {
        ReferenceLinear.reluSquaredBackward(xGradient, outGradient, x);
    }

    // ---- attention ----

    @Override
    public void valueEmbedding(Tensor values, Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        ReferenceValueEmbedding.forward(values, gateValues, x, gate, table, ids);
    }

    @Override
    public void valueEmbeddingBackward(Optional<Tensor> tableGradient, Optional<Tensor> gateGradient, Optional<Tensor> xGradient,
            Tensor valuesGradient,
            Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        ReferenceValueEmbedding.backward(tableGradient, gateGradient, xGradient, valuesGradient, gateValues, x, gate, table, ids);
    }

    @Override
    public void rotaryNorm(Tensor x, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize, float scale) {
        ReferenceAttention.rotaryNorm(x, inverseRms, cos, sin, length, headSize, scale);
    }

    @Override
    public void rotaryNormBackward(Tensor gradient, Tensor out, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize,
            float scale) {
        ReferenceAttention.rotaryNormBackward(gradient, out, inverseRms, cos, sin, length, headSize, scale);
    }

    @Override
    public void attention(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        ReferenceAttention.attention(out, logSumExp, q, k, v, shape);
    }

    @Override
    public void attentionBackward(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v,
            Tensor out, Tensor logSumExp, AttentionShape shape) {
        ReferenceAttention.attentionBackward(qGradient, kGradient, vGradient, outGradient, q, k, v, logSumExp, shape);
    }

    // ---- logits and loss ----

    @Override
    public void logits(Tensor logits, Tensor x, Tensor w) {
        ReferenceLoss.logits(logits, x, w);
    }

    @Override
    public void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        ReferenceLoss.crossEntropy(losses, x, w, targets, vocabularySize);
    }

    @Override
    public void crossEntropyWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w,
            Tensor targets, int vocabularySize, LossWeights weights) {
        ReferenceLoss.crossEntropyWithGradient(losses, xGradient, wGradient, x, w, targets, vocabularySize, weights);
    }

    @Override
    public void softmax(Tensor scores) {
        ReferenceScores.softmax(scores);
    }

    @Override
    public void crossEntropyOfScores(Tensor losses, Tensor logits, Tensor scores, Tensor targets, float weight) {
        ReferenceScores.crossEntropy(losses, logits, scores, targets, weight);
    }

    // ---- optimizer ----

    @Override
    public void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
        ReferenceOptimizer.adamW(parameter, gradient, firstMoment, secondMoment, step);
    }

    @Override
    public void muon(List<MuonMatrix> matrices, MuonStep step) {
        for (MuonMatrix matrix : matrices) {
            ReferenceOptimizer.muon(matrix, step);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
