package nanochat.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// A backend that lets another one work after it has checked what it is given: shapes and types are checked here, once, for all of them.
final class CheckedBackend implements Backend {
    private final Backend backend;

    CheckedBackend(Backend backend) {
        this.backend = backend;
    }

    @Override
    public String description() {
        return backend.description();
    }

    // ---- memory ----

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
        Shapes.write(tensor, values);
        backend.write(tensor, values);
    }

    @Override
    public void write(Tensor tensor, int[] values) {
        Shapes.write(tensor, values);
        backend.write(tensor, values);
    }

    @Override
    public void copyIn(Tensor tensor, MemorySegment bytes) {
        Shapes.copy(tensor, bytes.byteSize());
        backend.copyIn(tensor, bytes);
    }

    @Override
    public void copyOut(Tensor tensor, MemorySegment bytes) {
        Shapes.copy(tensor, bytes.byteSize());
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
        backend.zero(tensor);
    }

    @Override
    public void convert(Tensor to, Tensor from) {
        Shapes.convert(to, from);
        backend.convert(to, from);
    }

    @Override
    public void copyRows(Tensor to, int toFirst, Tensor from, int fromFirst, int rows, int batch) {
        Shapes.copyRows(to, toFirst, from, fromFirst, rows, batch);
        backend.copyRows(to, toFirst, from, fromFirst, rows, batch);
    }

    // ---- embedding, norm, residual stream ----

    @Override
    public void embedding(Tensor out, Tensor table, Tensor ids) {
        Shapes.embedding(out, table, ids);
        backend.embedding(out, table, ids);
    }

    @Override
    public void embeddingBackward(Tensor tableGradient, Tensor outGradient, Tensor ids) {
        Shapes.embedding(outGradient, tableGradient, ids);
        backend.embeddingBackward(tableGradient, outGradient, ids);
    }

    @Override
    public void norm(Tensor out, Tensor inverseRms, Tensor x) {
        Shapes.norm(out, inverseRms, x);
        backend.norm(out, inverseRms, x);
    }

    @Override
    public void normBackward(Tensor xGradient, Tensor outGradient, Tensor out, Tensor inverseRms, boolean accumulate) {
        Shapes.normBackward(xGradient, outGradient, out, inverseRms);
        backend.normBackward(xGradient, outGradient, out, inverseRms, accumulate);
    }

    @Override
    public void smear(Tensor out, Tensor x, Tensor gate, Tensor lambda, int length) {
        Shapes.smear(out, x, gate, lambda, length);
        backend.smear(out, x, gate, lambda, length);
    }

    @Override
    public void smearBackward(Optional<Tensor> xGradient, Optional<Tensor> gateGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor x, Tensor gate,
            Tensor lambda, int length) {
        Shapes.smearBackward(xGradient, gateGradient, lambdaGradient, outGradient, x, gate, lambda, length);
        backend.smearBackward(xGradient, gateGradient, lambdaGradient, outGradient, x, gate, lambda, length);
    }

    @Override
    public void mix(Tensor out, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        Shapes.mix(out, x, x0, residLambdas, x0Lambdas, layer);
        backend.mix(out, x, x0, residLambdas, x0Lambdas, layer);
    }

    @Override
    public void mixBackward(Optional<Tensor> xGradient, boolean accumulateX, Optional<Tensor> x0Gradient, boolean accumulateX0,
            Optional<Tensor> residGradient,
            Optional<Tensor> x0LambdaGradient, Tensor outGradient, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        Shapes.mixBackward(xGradient, accumulateX, x0Gradient, accumulateX0, residGradient, x0LambdaGradient, outGradient, x, x0,
                residLambdas, x0Lambdas, layer);
        backend.mixBackward(xGradient, accumulateX, x0Gradient, accumulateX0, residGradient, x0LambdaGradient, outGradient, x, x0,
                residLambdas, x0Lambdas, layer);
    }

    @Override
    public void subtractScaled(Tensor out, Tensor x, Tensor other, Tensor lambda) {
        Shapes.subtractScaled(out, x, other, lambda);
        backend.subtractScaled(out, x, other, lambda);
    }

    @Override
    public void subtractScaledBackward(Optional<Tensor> xGradient, Optional<Tensor> otherGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor other,
            Tensor lambda) {
        Shapes.subtractScaledBackward(xGradient, otherGradient, lambdaGradient, outGradient, other, lambda);
        backend.subtractScaledBackward(xGradient, otherGradient, lambdaGradient, outGradient, other, lambda);
    }

    // ---- matrix products ----

    @Override
    public void linear(Tensor y, Tensor x, Tensor w, boolean accumulate) {
        Shapes.linear(y, x, w);
        backend.linear(y, x, w, accumulate);
    }

    @Override
    public void linearBackwardInput(Tensor xGradient, Tensor yGradient, Tensor w, boolean accumulate) {
        Shapes.linearBackwardInput(xGradient, yGradient, w);
        backend.linearBackwardInput(xGradient, yGradient, w, accumulate);
    }

    @Override
    public void linearBackwardWeight(Tensor wGradient, Tensor yGradient, Tensor x) {
        Shapes.linearBackwardWeight(wGradient, yGradient, x);
        backend.linearBackwardWeight(wGradient, yGradient, x);
    }

    @Override
    public void reluSquared(Tensor out, Tensor x) {
        Shapes.reluSquared(out, x);
        backend.reluSquared(out, x);
    }

    @Override
    public void reluSquaredBackward(Tensor xGradient, Tensor outGradient, Tensor x) {
        Shapes.reluSquaredBackward(xGradient, outGradient, x);
        backend.reluSquaredBackward(xGradient, outGradient, x);
    }

    // ---- attention ----

    @Override
    public void valueEmbedding(Tensor values, Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        Shapes.valueEmbedding(values, gateValues, x, gate, table, ids);
        backend.valueEmbedding(values, gateValues, x, gate, table, ids);
    }

    @Override
    public void valueEmbeddingBackward(Optional<Tensor> tableGradient, Optional<Tensor> gateGradient, Optional<Tensor> xGradient,
            Tensor valuesGradient,
            Tensor gateValues,
            Tensor x, Tensor gate, Tensor table, Tensor ids) {
        Shapes.valueEmbeddingBackward(tableGradient, gateGradient, xGradient, valuesGradient, gateValues, x, gate, table, ids);
        backend.valueEmbeddingBackward(tableGradient, gateGradient, xGradient, valuesGradient, gateValues, x, gate, table, ids);
    }

    @Override
    public void rotaryNorm(Tensor x, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize, float scale) {
        Shapes.rotaryNorm(x, inverseRms, cos, sin, length, headSize);
        backend.rotaryNorm(x, inverseRms, cos, sin, length, headSize, scale);
    }

    @Override
    public void rotaryNormBackward(Tensor gradient, Tensor out, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize,
            float scale) {
        Shapes.rotaryNormBackward(gradient, out, inverseRms, cos, sin, length, headSize);
        backend.rotaryNormBackward(gradient, out, inverseRms, cos, sin, length, headSize, scale);
    }

    @Override
    public void attention(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        Shapes.attention(out, logSumExp, q, k, v, shape);
        backend.attention(out, logSumExp, q, k, v, shape);
    }

    @Override
    public void attentionBackward(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v,
            Tensor out, Tensor logSumExp, AttentionShape shape) {
        Shapes.attentionBackward(qGradient, kGradient, vGradient, outGradient, q, k, v, out, logSumExp, shape);
        backend.attentionBackward(qGradient, kGradient, vGradient, outGradient, q, k, v, out, logSumExp, shape);
    }

    // ---- logits and loss ----

    @Override
    public void logits(Tensor logits, Tensor x, Tensor w) {
        Shapes.logits(logits, x, w);
        backend.logits(logits, x, w);
    }

    @Override
    public void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        Shapes.crossEntropy(losses, x, w, targets, vocabularySize);
        backend.crossEntropy(losses, x, w, targets, vocabularySize);
    }

    @Override
    public void crossEntropyWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w,
            Tensor targets, int vocabularySize, LossWeights weights) {
        Shapes.crossEntropyWithGradient(losses, xGradient, wGradient, x, w, targets, vocabularySize, weights);
        backend.crossEntropyWithGradient(losses, xGradient, wGradient, x, w, targets, vocabularySize, weights);
    }

    @Override
    public void softmax(Tensor scores) {
        Shapes.softmax(scores);
        backend.softmax(scores);
    }

    @Override
    public void crossEntropyOfScores(Tensor losses, Tensor logits, Tensor scores, Tensor targets, float weight) {
        Shapes.crossEntropyOfScores(losses, logits, scores, targets);
        backend.crossEntropyOfScores(losses, logits, scores, targets, weight);
    }

    // ---- optimizer ----

    @Override
    public void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
        Shapes.adamW(parameter, gradient, firstMoment, secondMoment);
        backend.adamW(parameter, gradient, firstMoment, secondMoment, step);
    }

    @Override
    public void muon(List<MuonMatrix> matrices, MuonStep step) {
        Shapes.muon(matrices);
        backend.muon(matrices, step);
    }

    @Override
    public void close() {
        backend.close();
    }
}
