package nanochat.objective;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tensor;

/// The losses of a step's micro-batches. They gather on the device, a row a micro-batch, so that nobody waits between two of them.
final class StepLosses {
    private final Backend backend;
    private final int positions;
    private Tensor device;
    private float[] host;
    private int microSteps = 1;
    private int begun;
    /// Of each micro-batch that has any target.
    private final List<Loss> losses = new ArrayList<>();

    /// How the losses of a micro-batch's positions become one.
    private interface Loss {
        /// @param values of all micro-batches
        /// @param first where its own begin
        double of(float[] values, int first);
    }

    /// @param positions of a micro-batch
    StepLosses(Backend backend, int positions) {
        this.backend = backend;
        this.positions = positions;
        device = backend.allocate(DType.F32, 1, positions);
        host = new float[positions];
    }

    /// Begins one more micro-batch of a step that has `microSteps` of them.
    void begin(int microSteps) {
        if (begun > 0 && microSteps != this.microSteps || begun == microSteps) {
            throw new IllegalStateException("one more micro-batch for a step of " + microSteps + ", after " + begun + " for one of "
                    + this.microSteps);
        }
        this.microSteps = microSteps;
        begun++;
        if (device.rows() < microSteps) {
            device = backend.allocate(DType.F32, microSteps, positions);
            host = new float[Math.multiplyExact(microSteps, positions)];
        }
    }

    /// Where the losses of this micro-batch go, F32 [N].
    ///
    /// @param count how many of its targets count, at least one
    Tensor place(int count) {
        return place((values, first) -> {
            double sum = 0;
            for (int position = 0; position < positions; position++) {
                sum += values[first + position];
            }
            return sum / count;
        });
    }

    /// Where the losses of this micro-batch go, F32 [N].
    ///
    /// @param weights with which they add up to its loss
    Tensor place(float[] weights) {
        float[] own = weights.clone();
        return place((values, first) -> {
            double sum = 0;
            for (int position = 0; position < positions; position++) {
                sum += (double) values[first + position] * own[position];
            }
            return sum;
        });
    }

    private Tensor place(Loss loss) {
        losses.add(loss);
        return device.slice(losses.size() - 1);
    }

    /// Ends the step.
    ///
    /// @return the mean over its micro-batches of their losses
    double takeMean() {
        double mean = 0;
        if (!losses.isEmpty()) {
            backend.copyOut(device, MemorySegment.ofArray(host));
            for (int i = 0; i < losses.size(); i++) {
                mean += losses.get(i).of(host, i * positions) / microSteps;
            }
        }
        losses.clear();
        begun = 0;
        return mean;
    }
}
