package nanochat.tensor.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.tensor.AdamWStep;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.LossWeights;
import nanochat.tensor.MuonMatrix;
import nanochat.tensor.MuonStep;
import nanochat.tensor.Tensor;

/// The fast backend: matrix products by oneDNN, all else in the Vector API, on a fixed team of threads. How work is split depends on the
/// shapes alone, so the same run gives the same bits on any number of threads.
///
/// Where oneDNN's native library does not load, the matrix products run in the Vector API too, which one line on standard error says. The
/// system property `nanochat.products` (`onednn` or `vector`) asks for one of them; then the other does not stand in.
public final class CpuBackend implements Backend {
    private static final long ALIGNMENT = 64;
    private static final ProductsChoice CHOICE = new ProductsChoice(OneDnnProducts::new, line -> System.err.println(line));

    private final Arena arena = Arena.ofShared();
    private final Team team;
    private final StreamKernels stream;
    private final EmbeddingKernels embeddings;
    private final LinearKernels linears;
    private final RotaryKernels rotary;
    private final AttentionForward attention;
    private final AttentionBackward attentionGradients;
    private final LossKernels loss;
    private final ScoreKernels scoreKernels;
    private final OptimizerKernels adam;
    private final MuonKernels muon;
    private long tensorBytes;

    /// @param threads how many threads compute, the calling one included
    /// @param products the type of the inputs of Muon's matrix products: BF16 or F32
    /// @throws nanochat.io.BadInputException when the products that `nanochat.products` asks for cannot be had
    public CpuBackend(int threads, DType products) {
        this(threads, products, scratch -> CHOICE.create(Optional.ofNullable(System.getProperty(ProductsChoice.PROPERTY)), scratch));
    }

    CpuBackend(int threads, DType products, Products.Factory factory) {
        team = new Team(threads, factory);
        stream = new StreamKernels(team);
        embeddings = new EmbeddingKernels(team);
        linears = new LinearKernels(team);
        rotary = new RotaryKernels(team);
        attention = new AttentionForward(team);
        attentionGradients = new AttentionBackward(team);
        loss = new LossKernels(team);
        scoreKernels = new ScoreKernels(team);
        adam = new OptimizerKernels(team);
        muon = new MuonKernels(team, products == DType.BF16);
    }

    @Override
    public String description() {
        return "cpu: " + team.threads() + (team.threads() == 1 ? " thread, " : " threads, ") + Lanes.FLOATS.vectorBitSize()
                + "-bit vectors, matrix products by " + team.products().description();
    }

    // ---- memory ----

    @Override
    public Tensor allocate(DType dtype, int... shape) {
        long bytes = Tensor.size(shape) * dtype.bytes();
        Tensor tensor = new Tensor(dtype, new HostMemory(LargePages.allocate(arena, bytes, ALIGNMENT)), shape);
        tensorBytes += bytes;
        return tensor;
    }

    @Override
    public long allocatedBytes() {
        return tensorBytes + team.allocatedBytes() + linears.allocatedBytes() + loss.allocatedBytes();
    }

    @Override
    public long tensorBytes() {
        return tensorBytes;
    }

    @Override
    public void write(Tensor tensor, float[] values) {
        MemorySegment memory = HostMemory.of(tensor);
        if (tensor.dtype() == DType.BF16) {
            IntStream.range(0, values.length).forEach(i -> RowMath.putBf16(memory, i, values[i]));
        } else {
            MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT, 0, values.length);
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
        MemorySegment memory = HostMemory.of(tensor);
        float[] values = new float[Math.toIntExact(tensor.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.dtype() == DType.BF16 ? RowMath.getBf16(memory, i) : RowMath.get(memory, i);
        }
        return values;
    }

    @Override
    public void finish() {
        // every operation has finished when it returns
    }

    @Override
    public void zero(Tensor tensor) {
        HostMemory.of(tensor).fill((byte) 0);
    }

    @Override
    public void convert(Tensor to, Tensor from) {
        stream.convert(to, from);
    }

    @Override
    public void copyRows(Tensor to, int toFirst, Tensor from, int fromFirst, int rows, int batch) {
        stream.copyRows(to, toFirst, from, fromFirst, rows, batch);
    }

    // ---- embedding, norm, residual stream ----

    @Override
    public void embedding(Tensor out, Tensor table, Tensor ids) {
        embeddings.lookUp(out, table, ids);
    }

    @Override
    public void embeddingBackward(Tensor tableGradient, Tensor outGradient, Tensor ids) {
        embeddings.lookUpBackward(tableGradient, outGradient, ids);
    }

    @Override
    public void norm(Tensor out, Tensor inverseRms, Tensor x) {
        stream.norm(out, inverseRms, x);
    }

    @Override
    public void normBackward(Tensor xGradient, Tensor outGradient, Tensor out, Tensor inverseRms, boolean accumulate) {
        stream.normBackward(xGradient, outGradient, out, inverseRms, accumulate);
    }

    @Override
    public void smear(Tensor out, Tensor x, Tensor gate, Tensor lambda, int length) {
        stream.smear(out, x, gate, lambda, length);
    }

    @Override
    public void smearBackward(Optional<Tensor> xGradient, Optional<Tensor> gateGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor x, Tensor gate,
            Tensor lambda, int length) {
        stream.smearBackward(xGradient, gateGradient, lambdaGradient, outGradient, x, gate, lambda, length);
    }

    @Override
    public void mix(Tensor out, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        stream.mix(out, x, x0, scalar(residLambdas, layer), scalar(x0Lambdas, layer));
    }

    @Override
    public void mixBackward(Optional<Tensor> xGradient, boolean accumulateX, Optional<Tensor> x0Gradient, boolean accumulateX0,
            Optional<Tensor> residGradient,
            Optional<Tensor> x0LambdaGradient, Tensor outGradient, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        stream.mixBackward(xGradient, accumulateX, x0Gradient, accumulateX0, residGradient, x0LambdaGradient, outGradient, x, x0,
                scalar(residLambdas, layer), scalar(x0Lambdas, layer), layer);
    }

    @Override
    public void subtractScaled(Tensor out, Tensor x, Tensor other, Tensor lambda) {
        stream.mix(out, x, other, 1f, -scalar(lambda, 0));
    }

    @Override
    public void subtractScaledBackward(Optional<Tensor> xGradient, Optional<Tensor> otherGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor other,
            Tensor lambda) {
        stream.subtractScaledBackward(xGradient, otherGradient, lambdaGradient, outGradient, other, scalar(lambda, 0));
    }

    private static float scalar(Tensor tensor, int index) {
        return RowMath.get(HostMemory.of(tensor), index);
    }

    // ---- matrix products ----

    @Override
    public void linear(Tensor y, Tensor x, Tensor w, boolean accumulate) {
        linears.forward(y, x, w, accumulate);
    }

    @Override
    public void linearBackwardInput(Tensor xGradient, Tensor yGradient, Tensor w, boolean accumulate) {
        linears.backwardInput(xGradient, yGradient, w, accumulate);
    }

    @Override
    public void linearBackwardWeight(Tensor wGradient, Tensor yGradient, Tensor x) {
        linears.backwardWeight(wGradient, yGradient, x);
    }

    @Override
    public void reluSquared(Tensor out, Tensor x) {
        stream.reluSquared(out, x);
    }

    @Override
    public void reluSquaredBackward(Tensor xGradient, Tensor outGradient, Tensor x) {
        stream.reluSquaredBackward(xGradient, outGradient, x);
    }

    // ---- attention ----

    @Override
    public void valueEmbedding(Tensor values, Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        embeddings.valueEmbedding(values, gateValues, x, gate, table, ids);
    }

    @Override
    public void valueEmbeddingBackward(Optional<Tensor> tableGradient, Optional<Tensor> gateGradient, Optional<Tensor> xGradient,
            Tensor valuesGradient,
            Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        embeddings.valueEmbeddingBackward(tableGradient, gateGradient, xGradient, valuesGradient, gateValues, x, gate, table, ids);
    }

    @Override
    public void rotaryNorm(Tensor x, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize, float scale) {
        rotary.forward(x, inverseRms, cos, sin, length, headSize, scale);
    }

    @Override
    public void rotaryNormBackward(Tensor gradient, Tensor out, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize,
            float scale) {
        rotary.backward(gradient, out, inverseRms, cos, sin, length, headSize, scale);
    }

    @Override
    public void attention(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        attention.run(out, logSumExp, q, k, v, shape);
    }

    @Override
    public void attentionBackward(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v,
            Tensor out, Tensor logSumExp, AttentionShape shape) {
        attentionGradients.run(qGradient, kGradient, vGradient, outGradient, q, k, v, out, logSumExp, shape);
    }

    // ---- logits and loss ----

    @Override
    public void logits(Tensor logits, Tensor x, Tensor w) {
        loss.logits(logits, x, w);
    }

    @Override
    public void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        loss.crossEntropy(losses, x, w, targets, vocabularySize);
    }

    @Override
    public void crossEntropyWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w,
            Tensor targets, int vocabularySize, LossWeights weights) {
        loss.crossEntropyWithGradient(losses, xGradient, wGradient, x, w, targets, vocabularySize, weights);
    }

    @Override
    public void softmax(Tensor scores) {
        scoreKernels.softmax(scores);
    }

    @Override
    public void crossEntropyOfScores(Tensor losses, Tensor logits, Tensor scores, Tensor targets, float weight) {
        scoreKernels.crossEntropy(losses, logits, scores, targets, weight);
    }

    // ---- optimizer ----

    @Override
    public void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
        adam.adamW(parameter, gradient, firstMoment, secondMoment, step);
    }

    @Override
    public void muon(List<MuonMatrix> matrices, MuonStep step) {
        muon.update(matrices, step);
    }

    @Override
    public void close() {
        team.close();
        linears.close();
        loss.close();
        arena.close();
    }
}
