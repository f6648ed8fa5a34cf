package nanochat.objective;

import java.lang.foreign.MemorySegment;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// Predicting each token from those before it, all targets alike. Micro-batches are of one shape.
public final class NextToken implements Objective {
    private final ForwardPass forward;
    private final int rows;
    private final int length;
    private final StepLosses stepLosses;
    private final Tensor deviceLosses;
    private final float[] losses;

    /// @param rows B
    /// @param length T
    public NextToken(Gpt gpt, Tape tape, int rows, int length) {
        this.rows = rows;
        this.length = length;
        forward = new ForwardPass(gpt, tape, rows * length);
        stepLosses = new StepLosses(tape.backend(), rows * length);
        deviceLosses = tape.backend().allocate(DType.F32, rows * length);
        losses = new float[rows * length];
    }

    @Override
    public void addGradients(Batch batch, int microSteps) {
        stepLosses.begin(microSteps);
        int valid = batch.validTargets();
        if (valid == 0) {
            return;
        }
        Variable x = hidden(batch);
        LossWeights mean = new LossWeights.Uniform((float) (1.0 / ((double) valid * microSteps)));
        forward.crossEntropyWithGradient(stepLosses.place(valid), x, mean);
        forward.tape().backward();
    }

    @Override
    public double takeLoss() {
        return stepLosses.takeMean();
    }

    @Override
    public float[] losses(Batch batch) {
        forward.crossEntropy(deviceLosses, hidden(batch));
        forward.tape().clear();
        forward.backend().copyOut(deviceLosses, MemorySegment.ofArray(losses));
        return losses;
    }

    private Variable hidden(Batch batch) {
        if (batch.rows() != rows || batch.length() != length) {
            throw new IllegalArgumentException("a batch of " + batch.rows() + " x " + batch.length() + " where " + rows + " x " + length
                    + " was announced");
        }
        return forward.hidden(batch);
    }
}
