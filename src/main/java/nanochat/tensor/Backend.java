package nanochat.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// The operations of training on the memory of one device. [nanochat.tensor.reference.ReferenceBackend] says in plain scalar code
/// what each one computes; every other backend is tested against it. Nothing above this interface may assume that the memory is the
/// processor's, or that a call has finished when it returns: only `read`, `copyOut` and `finish` wait.
///
/// Naming: `N` rows of a micro-batch (B*T), `C` width of the residual stream, `D` head size. A gradient of a weight is always added to
/// what is there; a gradient of an activation is added if `accumulate` and else replaces what is there. "Activation" tensors are F32 or
/// BF16 in any combination; everything else is F32 unless said otherwise. A gradient that is an [Optional] is left out, and what only it
/// needs is not computed, where nobody asks for it. Sums are taken in f32 or better. What
/// [Backends#open] returns checks shapes and types: a mismatch is an [IllegalArgumentException] that names both. Implementations rely on it.
public interface Backend extends AutoCloseable {
    /// The epsilon of every root-mean-square norm: the float epsilon of f32.
    float NORM_EPSILON = 1.1920929e-7f;
    /// Logits are capped softly at this size: 15 tanh(l / 15).
    float SOFTCAP = 15f;
    /// Channels of the residual stream that the smear gate reads.
    int SMEAR_CHANNELS = 24;
    /// Channels of the normed stream that a value-embedding gate reads.
    int VALUE_GATE_CHANNELS = 12;
    /// The largest weight of a value embedding: 3 sigmoid(.).
    float VALUE_GATE_SCALE = 3f;

    /// What this backend is and runs on, for people.
    String description();

    // ---- memory ----

    /// A zero-filled tensor that lives until the backend is closed.
    Tensor allocate(DType dtype, int... shape);

    /// Bytes allocated so far, with what kernels have taken for themselves.
    long allocatedBytes();

    /// Bytes of the tensors allocated so far: the same on every backend.
    long tensorBytes();

    /// Copies `values` in, rounding to BF16 where the tensor is.
    void write(Tensor tensor, float[] values);

    /// Copies ids in (I32 tensors).
    void write(Tensor tensor, int[] values);

    /// Copies the raw bytes of a tensor in.
    void copyIn(Tensor tensor, MemorySegment bytes);

    /// Waits, and copies the raw bytes of a tensor out.
    void copyOut(Tensor tensor, MemorySegment bytes);

    /// Waits, and returns the elements of an F32 or BF16 tensor.
    float[] read(Tensor tensor);

    /// Waits for everything asked for so far.
    void finish();

    void zero(Tensor tensor);

    /// to = from, F32 and BF16 in any combination, rounding to nearest even.
    void convert(Tensor to, Tensor from);

    /// Both tensors are `batch` parts of as many rows: in each, `rows` rows of `to` from `toFirst` on become those of `from` from `fromFirst`
    /// on. Types as in [#convert].
    void copyRows(Tensor to, int toFirst, Tensor from, int fromFirst, int rows, int batch);

    // ---- embedding, norm, residual stream ----

    /// out[n] = table[ids[n]]; out F32 [N, C], table [V, C].
    void embedding(Tensor out, Tensor table, Tensor ids);

    /// tableGradient[ids[n]] += outGradient[n], summed in the order of n.
    void embeddingBackward(Tensor tableGradient, Tensor outGradient, Tensor ids);

    /// out = x / sqrt(mean(x^2) + eps) by row; keeps 1/sqrt(.) in inverseRms [N]. x F32, out an activation.
    void norm(Tensor out, Tensor inverseRms, Tensor x);

    /// xGradient (+)= inverseRms * (outGradient - out * mean(outGradient * out)); xGradient F32.
    void normBackward(Tensor xGradient, Tensor outGradient, Tensor out, Tensor inverseRms, boolean accumulate);

    /// Within each row of `length` tokens: out_0 = x_0, out_t = x_t + lambda * sigmoid(gate . x_t[0:24]) * x_{t-1}. All F32; gate [1, 24],
    /// lambda [1].
    void smear(Tensor out, Tensor x, Tensor gate, Tensor lambda, int length);

    /// Replaces xGradient, adds to gateGradient and lambdaGradient.
    void smearBackward(Optional<Tensor> xGradient, Optional<Tensor> gateGradient, Optional<Tensor> lambdaGradient, Tensor outGradient,
            Tensor x, Tensor gate, Tensor lambda, int length);

    /// out = residLambdas[layer] * x + x0Lambdas[layer] * x0; all F32; out may be x.
    void mix(Tensor out, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer);

    /// xGradient (+)= residLambda * outGradient, x0Gradient (+)= x0Lambda * outGradient; the lambdas' gradients are added to. In layer 0
    /// x and x0 may be one tensor, and so may their gradients: then both parts are summed.
    void mixBackward(Optional<Tensor> xGradient, boolean accumulateX, Optional<Tensor> x0Gradient, boolean accumulateX0,
            Optional<Tensor> residGradient, Optional<Tensor> x0LambdaGradient, Tensor outGradient, Tensor x, Tensor x0, Tensor residLambdas,
            Tensor x0Lambdas, int layer);

    /// out = x - lambda * other; all F32.
    void subtractScaled(Tensor out, Tensor x, Tensor other, Tensor lambda);

    /// Replaces xGradient (= outGradient) and otherGradient (= -lambda * outGradient), adds to lambdaGradient. The two gradients may be one
    /// tensor: then both parts are summed.
    void subtractScaledBackward(Optional<Tensor> xGradient, Optional<Tensor> otherGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor other, Tensor lambda);

    // ---- matrix products ----

    /// y (+)= x w^T: y [N, out], x [N, in], w [out, in]. x and w of one type; y that type or F32.
    void linear(Tensor y, Tensor x, Tensor w, boolean accumulate);

    /// xGradient (+)= yGradient w. yGradient and w of one type; xGradient that type or F32.
    void linearBackwardInput(Tensor xGradient, Tensor yGradient, Tensor w, boolean accumulate);

    /// wGradient += yGradient^T x. yGradient and x of one type; wGradient F32.
    void linearBackwardWeight(Tensor wGradient, Tensor yGradient, Tensor x);

    /// out = max(x, 0)^2; activations.
    void reluSquared(Tensor out, Tensor x);

    /// xGradient = outGradient * 2 max(x, 0); activations; xGradient may be outGradient.
    void reluSquaredBackward(Tensor xGradient, Tensor outGradient, Tensor x);

    // ---- attention ----

    /// In place: values[n, head] += gateValues[n, head] * table[ids[n], head], where gateValues [N, kvHeads] = 3 sigmoid(gate[head] . x[n, 0:12])
    /// is kept. values [N, kvHeads*D] and x [N, C] activations, gate [kvHeads, 12], table [V, kvHeads*D].
    void valueEmbedding(Tensor values, Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids);

    /// Adds to tableGradient, gateGradient and (channels 0..11 only) to xGradient, which already holds a gradient (F32).
    void valueEmbeddingBackward(Optional<Tensor> tableGradient, Optional<Tensor> gateGradient, Optional<Tensor> xGradient,
            Tensor valuesGradient, Tensor gateValues,
            Tensor x, Tensor gate, Tensor table, Tensor ids);

    /// In place, per head of `headSize`: rotate x [N, heads*D] by the angles of its position (row modulo `length`), then scale * norm. The
    /// halves x1, x2 become x1 cos + x2 sin, -x1 sin + x2 cos. cos and sin [>= length, D/2]; keeps 1/sqrt(.) in inverseRms [N, heads].
    void rotaryNorm(Tensor x, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize, float scale);

    /// In place on `gradient` (of the result, then of the input); `out` is what [#rotaryNorm] left in x.
    void rotaryNormBackward(Tensor gradient, Tensor out, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize,
            float scale);

    /// Softmax attention over the keys that each query sees, see [AttentionShape]. logSumExp [B, heads, queries] keeps the logarithm of every
    /// softmax's denominator.
    void attention(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape);

    /// Replaces the gradients of q, k, v (activations); those of k and v hold the learned keys alone, see [AttentionShape#firstLearnedKey].
    void attentionBackward(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v,
            Tensor out, Tensor logSumExp, AttentionShape shape);

    // ---- logits and loss ----

    /// logits [N, V] = softcap(x w^T), F32, of the first V rows of w [Vpadded, C].
    void logits(Tensor logits, Tensor x, Tensor w);

    /// losses[n] = cross entropy in nats of softcap(x w^T), cut to `vocabularySize` columns, with targets[n]; 0 where it is -1.
    void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize);

    /// The same, and the gradients of sum(weights[n] * losses[n]): replaces xGradient (F32), adds to wGradient. A position that has a
    /// weight of its own, and that is 0, has the loss 0.
    void crossEntropyWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w, Tensor targets,
            int vocabularySize, LossWeights weights);

    /// In place, by row: e^score over the sum of its row's. F32.
    void softmax(Tensor scores);

    /// losses[n] = cross entropy in nats of softmax(scores[n]) with targets[n]; 0 where it is -1. The scores [N, V] are capped logits and something
    /// beside them that nothing is learned from. `logits` [N, V] becomes the gradient of weight * sum(losses) by what was capped: weight *
    /// (softmax(scores) - [v = target]) * (1 - (logit / 15)^2), and scores their softmax. All F32.
    void crossEntropyOfScores(Tensor losses, Tensor logits, Tensor scores, Tensor targets, float weight);

    // ---- optimizer ----

    /// docs/formulas.md#optimizer, AdamW: updates the parameter and both moments.
    void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step);

    /// docs/formulas.md#optimizer, Muon with row equilibration, Polar Express, NorMuon and cautious decay, for matrices of any shapes.
    void muon(List<MuonMatrix> matrices, MuonStep step);

    @Override
    void close();
}
