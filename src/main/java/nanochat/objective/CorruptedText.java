package nanochat.objective;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import nanochat.data.Batch;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// Predicting what was hidden of a text. Micro-batches are of one shape.
final class CorruptedText implements Objective {
    private final ForwardPass forward;
    private final Reading reading;
    private final Corruption training;
    private final Corruption measuring;
    private final Likelihood likelihood;
    private final StepDraws draws;
    private final StepLosses stepLosses;
    private final Tensor weights;
    private final Tensor deviceLosses;
    private final float[] losses;

    /// How the model reads a text of which something is hidden.
    interface Reading {
        /// What lm_head reads: a row for each position, and behind them perhaps others, of which nothing is asked. All targets are then on the device.
        ///
        /// @param text as it is without anything hidden
        Variable hidden(Corrupted corrupted, Batch text);
    }

    /// @param forward for as many positions as a pass has
    /// @param reading by that pass
    /// @param training what is hidden where the model learns
    /// @param measuring what is hidden where it is measured
    /// @param seed of what is hidden, with the step and the micro-batch
    CorruptedText(ForwardPass forward, Reading reading, Corruption training, Corruption measuring, Likelihood likelihood, long seed) {
        this.forward = forward;
        this.reading = reading;
        this.training = training;
        this.measuring = measuring;
        this.likelihood = likelihood;
        draws = new StepDraws(seed);
        int positions = forward.positions();
        stepLosses = new StepLosses(forward.backend(), positions);
        weights = forward.backend().allocate(DType.F32, positions);
        deviceLosses = forward.backend().allocate(DType.F32, positions);
        losses = new float[positions];
    }

    @Override
    public void beginStep(int step) {
        draws.begin(step);
    }

    @Override
    public void addGradients(Batch batch, int microSteps) {
        stepLosses.begin(microSteps);
        Corrupted corrupted = training.of(batch, draws.next());
        if (corrupted.question().validTargets() == 0) {
            return;
        }
        float[] each = Arrays.copyOf(corrupted.weights(), losses.length);
        Tensor place = stepLosses.place(each);
        for (int i = 0; i < each.length; i++) {
            each[i] /= microSteps;
        }
        forward.backend().write(weights, each);
        Variable x = reading.hidden(corrupted, batch);
        forward.crossEntropyWithGradient(place, x, new LossWeights.PerPosition(weights));
        forward.tape().backward();
    }

    @Override
    public double takeLoss() {
        draws.end();
        return stepLosses.takeMean();
    }

    @Override
    public Likelihood likelihood() {
        return likelihood;
    }

    @Override
    public float[] losses(Batch batch) {
        Corrupted corrupted = measuring.of(batch, Draws.of(batch));
        forward.crossEntropy(deviceLosses, reading.hidden(corrupted, batch));
        forward.tape().clear();
        forward.backend().copyOut(deviceLosses, MemorySegment.ofArray(losses));
        float[] own = Arrays.copyOf(losses, corrupted.importance().length);
        for (int i = 0; i < own.length; i++) {
            own[i] *= corrupted.importance()[i];
        }
        return own;
    }

    @Override
    public int[] scored(Batch batch) {
        return measuring.of(batch, Draws.of(batch)).scored();
    }
}
