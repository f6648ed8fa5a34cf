package nanochat.objective;

import java.util.Arrays;
import java.util.stream.IntStream;
import nanochat.model.Gpt;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Evidence;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// Rows of whose tokens there is noisy evidence on the device, their way through the model, and what the model and the evidence say of them together.
/// The memory is taken once, for the largest batch.
final class NoisyForwardPass {
    private final Gpt gpt;
    private final Tape tape;
    private final int vocabulary;
    /// Whose value embeddings are read.
    private final Tensor masks;
    private final Tensor targets;
    private final Tensor vectors;
    private final Tensor codes;
    private final Tensor means;
    /// For as many positions as were asked for together so far.
    private Tensor scores;

    /// @param positions of the largest batch, N = B*T
    /// @param noise of the model's tokenizer's vocabulary, behind which is the mask
    NoisyForwardPass(Gpt gpt, Tape tape, int positions, GaussianNoise noise) {
        this.gpt = gpt;
        this.tape = tape;
        Backend backend = tape.backend();
        masks = backend.allocate(DType.I32, positions);
        targets = backend.allocate(DType.I32, positions);
        vectors = backend.allocate(DType.F32, positions, GaussianNoise.WIDTH);
        means = backend.allocate(DType.F32, positions, GaussianNoise.WIDTH);
        float[] values = noise.codes();
        codes = backend.allocate(DType.F32, values.length / GaussianNoise.WIDTH, GaussianNoise.WIDTH);
        backend.write(codes, values);
        vocabulary = codes.rows() - 1;
        int[] all = new int[positions];
        Arrays.fill(all, vocabulary);
        backend.write(masks, all);
        scores = backend.allocate(DType.F32, 1, vocabulary);
    }

    Tape tape() {
        return tape;
    }

    /// What lm_head reads, [N, C]; the targets are then on the device.
    Variable hidden(NoisyText text) {
        int[] asked = text.question().targets();
        tape.backend().write(ForwardPass.first(targets, asked.length), asked);
        return hidden(text.evidence(), text.question().rows());
    }

    /// What lm_head reads, [N, C].
    ///
    /// @param seen evidence of every position, [N, D]
    Variable hidden(float[] seen, int rows) {
        int count = seen.length / GaussianNoise.WIDTH;
        tape.backend().write(vectors.rows(0, count), seen);
        Evidence evidence = new Evidence(vectors.rows(0, count), codes);
        return gpt.hidden(tape, Gpt.Pass.ofEvidence(gpt.config(), ForwardPass.first(masks, count), evidence, rows, count / rows));
    }

    /// Fills losses [N] with -ln p(target | evidence) of the text whose `x` this is; gradients of `weight` times their sum start from here.
    void crossEntropyWithGradient(Tensor losses, Variable x, float weight) {
        tape.crossEntropyWithGradient(losses, x, lmHead(), evidence(x), ForwardPass.first(targets, x.value().rows()), weight);
    }

    /// Which code is expected at every position, [N, D].
    float[] means(Variable x) {
        Tensor own = means.rows(0, x.value().rows());
        tape.expected(own, x, lmHead(), evidence(x));
        return tape.backend().read(own);
    }

    /// Of every token at the positions from..to-1, the logarithm of its probability.
    double[][] logProbabilities(Variable x, int from, int to) {
        int count = to - from;
        Backend backend = tape.backend();
        if (scores.rows() < count) {
            scores = backend.allocate(DType.F32, Math.max(count, 2 * scores.rows()), vocabulary);
        }
        Tensor own = scores.rows(0, count);
        backend.logits(own, x.value().rows(from, count), lmHead().compute());
        backend.linear(own, vectors.rows(from, count), codes.rows(0, vocabulary), true);
        float[] values = backend.read(own);
        return IntStream.range(0, count).mapToObj(row -> Infilling.logSoftmax(values, row * vocabulary, vocabulary)).toArray(
                double[][]::new);
    }

    private Evidence evidence(Variable x) {
        return new Evidence(vectors.rows(0, x.value().rows()), codes.rows(0, vocabulary));
    }

    private Parameter lmHead() {
        return gpt.parameters().lmHead();
    }
}
