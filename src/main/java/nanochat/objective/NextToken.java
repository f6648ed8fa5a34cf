package nanochat.objective;

import java.lang.foreign.MemorySegment;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// Predicting each token from those before it, all targets alike. Micro-batches are of one shape.
public final class NextToken implements Objective {
    private final Gpt gpt;
    private final Tape tape;
    private final int rows;
    private final int length;
    private final Tensor ids;
    private final Tensor targets;
    private final StepLosses stepLosses;
    private final Tensor deviceLosses;
    private final float[] losses;

    /// @param rows B
    /// @param length T
    public NextToken(Gpt gpt, Tape tape, int rows, int length) {
        this.gpt = gpt;
        this.tape = tape;
        this.rows = rows;
        this.length = length;
        Backend backend = tape.backend();
        ids = backend.allocate(DType.I32, rows * length);
        targets = backend.allocate(DType.I32, rows * length);
        stepLosses = new StepLosses(backend, rows * length);
        deviceLosses = backend.allocate(DType.F32, rows * length);
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
        tape.crossEntropyWithGradient(stepLosses.place(valid), x, gpt.parameters().lmHead(), targets, gpt.config().vocabularySize(), mean);
        tape.backward();
    }

    @Override
    public double takeLoss() {
        return stepLosses.takeMean();
    }

    @Override
    public float[] losses(Batch batch) {
        Variable x = hidden(batch);
        tape.backend().crossEntropy(deviceLosses, x.value(), gpt.parameters().lmHead().compute(), targets, gpt.config().vocabularySize());
        tape.clear();
        tape.backend().copyOut(deviceLosses, MemorySegment.ofArray(losses));
        return losses;
    }

    /// What lm_head reads, [N, C]; the batch's targets are then on the device.
    private Variable hidden(Batch batch) {
        if (batch.rows() != rows || batch.length() != length) {
            throw new IllegalArgumentException("a batch of " + batch.rows() + " x " + batch.length() + " where " + rows + " x " + length
                    + " was announced");
        }
        tape.backend().write(ids, batch.inputs());
        tape.backend().write(targets, batch.targets());
        return gpt.hidden(tape, ids, rows, length);
    }
}
