package nanochat.objective;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.RowMemory;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// Predicting each token from those before it, all targets alike. Micro-batches are of one shape. With a memory, row b of a micro-batch goes on from
/// row b of the one before, of the same step or the last one, and sees the end of it (docs/formulas.md#recurrence); so do batches that are measured.
public final class NextToken implements Objective {
    private final ForwardPass forward;
    private final int rows;
    private final int length;
    private final StepLosses stepLosses;
    private final Tensor deviceLosses;
    private final float[] losses;
    private final Optional<RowMemory> learned;
    private final Optional<RowMemory> measured;

    /// @param rows B
    /// @param length T
    public NextToken(Gpt gpt, Tape tape, int rows, int length) {
        this(gpt, tape, rows, length, 0);
    }

    /// @param rows B
    /// @param length T
    /// @param memory tokens of the row before that a row sees; 0 where rows do not go on from one another
    public NextToken(Gpt gpt, Tape tape, int rows, int length, int memory) {
        this.rows = rows;
        this.length = length;
        forward = new ForwardPass(gpt, tape, rows * length);
        stepLosses = new StepLosses(tape.backend(), rows * length);
        deviceLosses = tape.backend().allocate(DType.F32, rows * length);
        losses = new float[rows * length];
        learned = memory(gpt, tape, memory);
        measured = memory(gpt, tape, memory);
    }

    private Optional<RowMemory> memory(Gpt gpt, Tape tape, int tokens) {
        return tokens == 0
                ? Optional.empty()
                : Optional.of(new RowMemory(gpt.config(), tape.backend(), tape.computeType(), rows, length, tokens));
    }

    @Override
    public void addGradients(Batch batch, int microSteps) {
        stepLosses.begin(microSteps);
        int valid = batch.validTargets();
        if (valid == 0 && learned.isEmpty()) {
            return;
        }
        Variable x = hidden(batch, learned);
        if (valid > 0) {
            LossWeights mean = new LossWeights.Uniform((float) (1.0 / ((double) valid * microSteps)));
            forward.crossEntropyWithGradient(stepLosses.place(valid), x, mean);
            forward.tape().backward();
        } else { // what comes after has to be read
            forward.tape().clear();
        }
        learned.ifPresent(memory -> memory.keep(batch.inputs()));
    }

    @Override
    public double takeLoss() {
        return stepLosses.takeMean();
    }

    @Override
    public void beginMeasuring() {
        measured.ifPresent(RowMemory::forget);
    }

    @Override
    public float[] losses(Batch batch) {
        forward.crossEntropy(deviceLosses, hidden(batch, measured));
        forward.tape().clear();
        measured.ifPresent(memory -> memory.keep(batch.inputs()));
        forward.backend().copyOut(deviceLosses, MemorySegment.ofArray(losses));
        return losses;
    }

    @Override
    public SequencedMap<String, Tensor> state() {
        return learned.map(RowMemory::state).orElseGet(LinkedHashMap::new);
    }

    @Override
    public void stateRead() {
        learned.ifPresent(RowMemory::stateRead);
    }

    private Variable hidden(Batch batch, Optional<RowMemory> memory) {
        if (batch.rows() != rows || batch.length() != length) {
            throw new IllegalArgumentException("a batch of " + batch.rows() + " x " + batch.length() + " where " + rows + " x " + length
                    + " was announced");
        }
        return memory.map(before -> forward.hidden(batch, before)).orElseGet(() -> forward.hidden(batch));
    }
}
