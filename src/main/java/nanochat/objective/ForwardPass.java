package nanochat.objective;

import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.RowMemory;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// A batch on the device and its way through the model up to lm_head. The memory is taken once, for the largest batch.
final class ForwardPass {
    private final Gpt gpt;
    private final Tape tape;
    private final int positions;
    private final int vocabulary;
    private final Tensor ids;
    private final Tensor targets;

    /// @param positions of the largest batch, N = B*T
    ForwardPass(Gpt gpt, Tape tape, int positions) {
        this(gpt, tape, positions, gpt.config().vocabularySize());
    }

    /// @param vocabulary tokens that can be predicted: the first ones of the model's
    ForwardPass(Gpt gpt, Tape tape, int positions, int vocabulary) {
        this.gpt = gpt;
        this.tape = tape;
        this.positions = positions;
        this.vocabulary = vocabulary;
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
        return gpt.hidden(tape, write(batch), batch.rows(), batch.length());
    }

    /// The same with another sight than the model's own.
    ///
    /// @param sight what each position sees, in all layers
    Variable hidden(Batch batch, Visibility sight) {
        return gpt.hidden(tape, write(batch), batch.rows(), batch.length(), _ -> sight);
    }

    /// The same of rows that go on from those that the memory is of.
    Variable hidden(Batch batch, RowMemory memory) {
        return gpt.hidden(tape, memory.pass(write(batch)));
    }

    /// Brings inputs and targets to the device.
    ///
    /// @return the inputs
    Tensor write(Batch batch) {
        int count = batch.rows() * batch.length();
        backend().write(first(ids, count), batch.inputs());
        backend().write(first(targets, count), batch.targets());
        return first(ids, count);
    }

    /// Fills losses [N] with the cross entropies of the batch whose `x` this is.
    void crossEntropy(Tensor losses, Variable x) {
        backend().crossEntropy(losses, x.value(), gpt.parameters().lmHead().compute(), targetsOf(x), vocabulary);
    }

    /// The same; gradients of their weighted sum start from here.
    void crossEntropyWithGradient(Tensor losses, Variable x, LossWeights weights) {
        tape.crossEntropyWithGradient(losses, x, gpt.parameters().lmHead(), targetsOf(x), vocabulary, weights);
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
