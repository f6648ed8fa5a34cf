package nanochat.objective;

import java.lang.foreign.MemorySegment;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// The logarithms of the probabilities that a model gives to the targets of a batch, and the gradient of whatever is computed from them.
///
/// A loss that is any function of log-probabilities p (of rewards, of preferences) needs nothing of its own on the device: the chain rule makes its
/// gradient a sum of the gradients of the p, each times a slope dL/dp, and a p is a cross entropy with its sign turned. So slopes are [LossWeights].
/// Where slopes depend on p, lm_head's product is made once more, for p alone, on the same forward pass; the model itself is never run twice.
///
/// Unlike with an [Objective], nothing is divided by a number of micro-batches: a slope is that of the step's whole loss.
/// Batches may be of any shape; each new one takes memory, so let there be few. Not for several threads.
public final class LogProbabilities {
    private final ForwardPass forward;
    private final Tensor losses;
    private final Tensor weights;

    /// Says how a loss changes with each log-probability.
    @FunctionalInterface
    public interface Slopes {
        /// @param logProbabilities of every target in the batch's order, 0 where there is none
        /// @return dL/dp of each; what stands where there is no target is not read
        float[] at(float[] logProbabilities);
    }

    /// @param positions tokens of the largest batch
    public LogProbabilities(Gpt gpt, Tape tape, int positions) {
        forward = new ForwardPass(gpt, tape, positions);
        losses = tape.backend().allocate(DType.F32, positions);
        weights = tape.backend().allocate(DType.F32, positions);
    }

    /// The log-probability of every target, in nats and in the batch's order, 0 where there is none. One forward pass.
    public float[] of(Batch batch) {
        int count = positions(batch);
        if (batch.validTargets() == 0) {
            return new float[count];
        }
        float[] found = read(forward.hidden(batch));
        forward.tape().clear();
        return found;
    }

    /// Adds the gradients of a loss whose slopes depend on the log-probabilities. One forward pass, lm_head's product twice; where all slopes are
    /// 0, no backward pass and exactly no gradient.
    ///
    /// @return the log-probabilities, as [#of]
    public float[] addGradients(Batch batch, Slopes slopes) {
        int count = positions(batch);
        if (batch.validTargets() == 0) {
            return new float[count];
        }
        Variable x = forward.hidden(batch);
        float[] found = read(x);
        addGradients(batch, x, slopes.at(found.clone()));
        return found;
    }

    /// Adds the gradients of a loss whose slopes are known beforehand. One forward pass, lm_head's product once.
    ///
    /// @param slopes dL/dp of every target
    /// @return the log-probabilities of the targets whose slope is not 0; 0 for the others
    public float[] addGradients(Batch batch, float[] slopes) {
        int count = positions(batch);
        if (!counts(batch, slopes)) {
            return new float[count];
        }
        addGradients(batch, forward.hidden(batch), slopes);
        return copy(count);
    }

    private void addGradients(Batch batch, Variable x, float[] slopes) {
        if (!counts(batch, slopes)) {
            forward.tape().clear();
            return;
        }
        float[] negated = new float[slopes.length];
        for (int i = 0; i < slopes.length; i++) {
            negated[i] = -slopes[i];
        }
        Tensor each = ForwardPass.first(weights, slopes.length);
        forward.backend().write(each, negated);
        forward.crossEntropyWithGradient(ForwardPass.first(losses, slopes.length), x, new LossWeights.PerPosition(each));
        forward.tape().backward();
    }

    /// Whether any target has a slope.
    private static boolean counts(Batch batch, float[] slopes) {
        for (int i = 0; i < slopes.length; i++) {
            if (slopes[i] != 0 && batch.targets()[i] != Batch.IGNORED) {
                return true;
            }
        }
        return false;
    }

    private float[] read(Variable x) {
        int count = x.value().rows();
        forward.crossEntropy(ForwardPass.first(losses, count), x);
        return copy(count);
    }

    private float[] copy(int count) {
        float[] values = new float[count];
        forward.backend().copyOut(ForwardPass.first(losses, count), MemorySegment.ofArray(values));
        for (int i = 0; i < count; i++) {
            values[i] = 0f - values[i];
        }
        return values;
    }

    private int positions(Batch batch) {
        int count = batch.rows() * batch.length();
        if (count > forward.positions()) {
            throw new IllegalArgumentException("a batch of " + count + " tokens where at most " + forward.positions() + " were announced");
        }
        return count;
    }
}
