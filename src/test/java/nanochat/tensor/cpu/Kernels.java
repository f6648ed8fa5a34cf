package nanochat.tensor.cpu;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import nanochat.tensor.AdamWStep;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.MuonMatrix;
import nanochat.tensor.MuonStep;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tensor;
import nanochat.tensor.Visibility;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a step of training of a model of depth 6 spends its time in, each alone, at that model's shapes, on all processors. A matrix product here is
/// 4.8 GFLOP: 48 ms are 100 GFLOP/s.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
public abstract class Kernels {
    private static final int LENGTH = 512;
    private static final int ROWS = 8 * LENGTH;
    private static final int HEADS = 3;
    private static final int HEAD_SIZE = 128;
    private static final int WIDTH = HEADS * HEAD_SIZE;
    private static final int HIDDEN = 4 * WIDTH;
    private static final int VOCABULARY = 8192;
    private static final AttentionShape ATTENTION = new AttentionShape(ROWS / LENGTH, LENGTH, HEADS, HEADS, HEAD_SIZE,
            new Visibility.Causal(LENGTH));
    private static final float ROTARY_SCALE = 1.2f;

    private final RandomValues random = new RandomValues(1);
    private final Backend backend;
    private final Tensor stream;
    private final Tensor streamGradient;
    private final Tensor x;
    private final Tensor k;
    private final Tensor v;
    private final Tensor out;
    private final Tensor outGradient;
    private final Tensor qGradient;
    private final Tensor kGradient;
    private final Tensor vGradient;
    private final Tensor hidden;
    private final Tensor weights;
    private final Tensor weightGradient;
    private final Tensor vocabulary;
    private final Tensor vocabularyGradient;
    private final Tensor parameter;
    private final Tensor firstMoment;
    private final Tensor secondMoment;
    private final Tensor targets;
    private final Tensor losses;
    private final Tensor inverseRms;
    private final Tensor headInverseRms;
    private final Tensor logSumExp;
    private final Tensor cosines;
    private final Tensor sines;
    private final List<MuonMatrix> matrices;

    Kernels(DType type) {
        backend = new CpuBackend(Runtime.getRuntime().availableProcessors(), type);
        stream = normal(DType.F32, ROWS, WIDTH);
        streamGradient = normal(DType.F32, ROWS, WIDTH);
        x = normal(type, ROWS, WIDTH);
        k = normal(type, ROWS, WIDTH);
        v = normal(type, ROWS, WIDTH);
        out = normal(type, ROWS, WIDTH);
        outGradient = normal(type, ROWS, WIDTH);
        qGradient = normal(type, ROWS, WIDTH);
        kGradient = normal(type, ROWS, WIDTH);
        vGradient = normal(type, ROWS, WIDTH);
        hidden = normal(type, ROWS, HIDDEN);
        weights = normal(type, HIDDEN, WIDTH);
        weightGradient = normal(DType.F32, HIDDEN, WIDTH);
        vocabulary = normal(type, VOCABULARY, WIDTH);
        vocabularyGradient = normal(DType.F32, VOCABULARY, WIDTH);
        parameter = normal(DType.F32, VOCABULARY, WIDTH);
        firstMoment = backend.allocate(DType.F32, VOCABULARY, WIDTH);
        secondMoment = backend.allocate(DType.F32, VOCABULARY, WIDTH);
        targets = backend.allocate(DType.I32, ROWS);
        backend.write(targets, random.ids(ROWS, 0, VOCABULARY));
        losses = normal(DType.F32, ROWS);
        inverseRms = normal(DType.F32, ROWS);
        headInverseRms = normal(DType.F32, ROWS, HEADS);
        logSumExp = normal(DType.F32, ATTENTION.batch(), HEADS, LENGTH);
        cosines = backend.allocate(DType.F32, LENGTH, HEAD_SIZE / 2);
        sines = backend.allocate(DType.F32, LENGTH, HEAD_SIZE / 2);
        float[] angles = random.normal(cosines.size(), 1);
        backend.write(cosines, mapped(angles, Math::cos));
        backend.write(sines, mapped(angles, Math::sin));
        matrices = Stream.of(new int[]{WIDTH, WIDTH}, new int[]{WIDTH, WIDTH}, new int[]{HIDDEN, WIDTH}, new int[]{WIDTH, HIDDEN})
                .map(this::muonMatrix).toList();
        // What the backward passes need.
        backend.norm(x, inverseRms, stream);
        backend.rotaryNorm(x, headInverseRms, cosines, sines, LENGTH, HEAD_SIZE, ROTARY_SCALE);
        backend.attention(out, logSumExp, x, k, v, ATTENTION);
    }

    private Tensor normal(DType type, int... shape) {
        Tensor tensor = backend.allocate(type, shape);
        backend.write(tensor, random.normal(tensor.size(), 1));
        return tensor;
    }

    private static float[] mapped(float[] angles, DoubleUnaryOperator function) {
        float[] values = new float[angles.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) function.applyAsDouble(angles[i]);
        }
        return values;
    }

    private MuonMatrix muonMatrix(int[] shape) {
        return new MuonMatrix(normal(DType.F32, shape), normal(DType.F32, shape), normal(DType.F32, shape),
                backend.allocate(DType.F32, MuonMatrix.secondMomentSize(shape[0], shape[1])));
    }

    @TearDown(Level.Trial)
    public void close() {
        backend.close();
    }

    @Benchmark
    public void linear() {
        backend.linear(hidden, x, weights, false);
    }

    @Benchmark
    public void linearBackwardInput() {
        backend.linearBackwardInput(qGradient, hidden, weights, false);
    }

    @Benchmark
    public void linearBackwardWeight() {
        backend.linearBackwardWeight(weightGradient, hidden, x);
    }

    @Benchmark
    public void norm() {
        backend.norm(qGradient, inverseRms, stream);
    }

    @Benchmark
    public void normBackward() {
        backend.normBackward(streamGradient, outGradient, x, inverseRms, false);
    }

    @Benchmark
    public void rotaryNorm() {
        backend.rotaryNorm(qGradient, headInverseRms, cosines, sines, LENGTH, HEAD_SIZE, ROTARY_SCALE);
    }

    @Benchmark
    public void rotaryNormBackward() {
        backend.rotaryNormBackward(qGradient, x, headInverseRms, cosines, sines, LENGTH, HEAD_SIZE, ROTARY_SCALE);
    }

    @Benchmark
    public void attention() {
        backend.attention(out, logSumExp, x, k, v, ATTENTION);
    }

    @Benchmark
    public void attentionBackward() {
        backend.attentionBackward(qGradient, kGradient, vGradient, outGradient, x, k, v, out, logSumExp, ATTENTION);
    }

    @Benchmark
    public void crossEntropy() {
        backend.crossEntropy(losses, x, vocabulary, targets, VOCABULARY);
    }

    @Benchmark
    public void crossEntropyWithGradient() {
        backend.crossEntropyWithGradient(losses, Optional.of(streamGradient), Optional.of(vocabularyGradient), x, vocabulary, targets,
                VOCABULARY, new LossWeights.Uniform(1f / ROWS));
    }

    /// On a table of the vocabulary.
    @Benchmark
    public void adamW() {
        backend.adamW(parameter, vocabularyGradient, firstMoment, secondMoment, new AdamWStep(1e-6f, 0.8f, 0.95f, 1e-10f, 0f, 10));
    }

    /// On the four shapes of matrices of one layer.
    @Benchmark
    public void muon() {
        backend.muon(matrices, new MuonStep(1e-6f, 0.95f, 0.95f, 0f));
    }
}
