package nanochat.objective;

import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// A batch on the device and its way through the model up to lm_head. The memory is taken once, for the largest batch.
final class ForwardPass {
    private final Gpt gpt;
    private final Tape tape;
    private final int positions;
    private final Tensor ids;
    private final Tensor targets;

    /// @param positions of the largest batch, N = B*T
    ForwardPass(Gpt gpt, Tape tape, int positions) {
        this.gpt = gpt;
        this.tape = tape;
        this.positions = positions;
        ids = tape.backend().allocate(DType.I32, positions);
        targets = tape.backend().allocate(DType.I32, positions);
    }

    int positions() {
        return positions;
    }

    Tape tape() {
        return tape;
    }

    Backend backend() {
        return tape.backend();
    }

    /// What lm_head reads, [N, C]; the batch's targets are then on the device.
    Variable hidden(Batch batch) {
        int count = batch.rows() * batch.length();
        backend().write(first(ids, count), batch.inputs());
        backend().write(first(targets, count), batch.targets());
        return gpt.hidden(tape, first(ids, count), batch.rows(), batch.length());
    }

    /// Fills losses [N] with the cross entropies of the batch whose `x` this is.
    void crossEntropy(Tensor losses, Variable x) {
        backend().crossEntropy(losses, x.value(), gpt.parameters().lmHead().compute(), targetsOf(x), gpt.config().vocabularySize());
    }

    /// The same; gradients of their weighted sum start from here.
    void crossEntropyWithGradient(Tensor losses, Variable x, LossWeights weights) {
        tape.crossEntropyWithGradient(losses, x, gpt.parameters().lmHead(), targetsOf(x), gpt.config().vocabularySize(), weights);
    }

    private Tensor targetsOf(Variable x) {
        return first(targets, x.value().rows());
    }

    /// The first `count` elements of a vector, on the same memory.
    static Tensor first(Tensor vector, int count) {
        return count == vector.size()
                ? vector
                : new Tensor(vector.dtype(), vector.memory().slice(0, (long) count * vector.dtype().bytes()), count);
    }
}
