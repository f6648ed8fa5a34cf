package nanochat.objective;

import java.lang.foreign.MemorySegment;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;

/// Predicting each token from those before it: carries micro-batches of one shape to the model's backend and their losses back.
/// Not for several threads.
public final class NextToken {
    private final Gpt gpt;
    private final Tape tape;
    private final int rows;
    private final int length;
    private final Tensor ids;
    private final Tensor targets;
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
        deviceLosses = backend.allocate(DType.F32, rows * length);
        losses = new float[rows * length];
    }

    /// Adds the gradients of the batch's mean loss, divided by `microSteps`, to those of the parameters. A batch without any target adds
    /// nothing.
    ///
    /// @return the mean loss over the targets that count, in nats; 0 where none does
    public double addGradients(Batch batch, int microSteps) {
        int valid = batch.validTargets();
        if (valid == 0) {
            return 0;
        }
        upload(batch);
        gpt.lossesAndGradients(tape, deviceLosses, ids, targets, rows, length, (float) (1.0 / ((double) valid * microSteps)));
        double sum = 0;
        for (float loss : download()) {
            sum += loss;
        }
        return sum / valid;
    }

    /// The loss of every target in nats, in the batch's order, 0 where the target does not count. The array is reused by the next call.
    public float[] losses(Batch batch) {
        upload(batch);
        gpt.losses(tape, deviceLosses, ids, targets, rows, length);
        return download();
    }

    private void upload(Batch batch) {
        if (batch.rows() != rows || batch.length() != length) {
            throw new IllegalArgumentException("a batch of " + batch.rows() + " x " + batch.length() + " where " + rows + " x " + length
                    + " was announced");
        }
        tape.backend().write(ids, batch.inputs());
        tape.backend().write(targets, batch.targets());
    }

    private float[] download() {
        tape.backend().copyOut(deviceLosses, MemorySegment.ofArray(losses));
        return losses;
    }
}
