package nanochat.objective;

import java.lang.foreign.MemorySegment;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;

/// Predicting what was hidden of a text. Micro-batches are of one shape.
final class CorruptedText implements Objective {
    private final ForwardPass forward;
    private final Corruption training;
    private final Corruption measuring;
    private final Likelihood likelihood;
    private final long seed;
    private final StepLosses stepLosses;
    private final Tensor weights;
    private final Tensor deviceLosses;
    private final float[] losses;
    private int step;
    private int microStep;

    /// @param positions B*T of a micro-batch
    /// @param vocabulary tokens that can be predicted: the first ones of the model's
    /// @param training what is hidden where the model learns
    /// @param measuring what is hidden where it is measured
    /// @param seed of what is hidden, with the step and the micro-batch
    CorruptedText(Gpt gpt, Tape tape, int positions, int vocabulary, Corruption training, Corruption measuring, Likelihood likelihood,
            long seed) {
        this.training = training;
        this.measuring = measuring;
        this.likelihood = likelihood;
        this.seed = seed;
        forward = new ForwardPass(gpt, tape, positions, vocabulary);
        stepLosses = new StepLosses(tape.backend(), positions);
        weights = tape.backend().allocate(DType.F32, positions);
        deviceLosses = tape.backend().allocate(DType.F32, positions);
        losses = new float[positions];
    }

    @Override
    public void beginStep(int steps) {
        step = steps;
        microStep = 0;
    }

    @Override
    public void addGradients(Batch batch, int microSteps) {
        stepLosses.begin(microSteps);
        Corrupted corrupted = training.of(batch, Draws.of(seed, step, microStep));
        microStep++;
        if (corrupted.question().validTargets() == 0) {
            return;
        }
        float[] each = corrupted.weights();
        Tensor place = stepLosses.place(each);
        for (int i = 0; i < each.length; i++) {
            each[i] /= microSteps;
        }
        forward.backend().write(weights, each);
        Variable x = forward.hidden(corrupted.question(), corrupted.sight());
        forward.crossEntropyWithGradient(place, x, new LossWeights.PerPosition(weights));
        forward.tape().backward();
    }

    @Override
    public double takeLoss() {
        microStep = 0;
        return stepLosses.takeMean();
    }

    @Override
    public Likelihood likelihood() {
        return likelihood;
    }

    @Override
    public float[] losses(Batch batch) {
        Corrupted corrupted = measuring.of(batch, Draws.of(batch));
        forward.crossEntropy(deviceLosses, forward.hidden(corrupted.question(), corrupted.sight()));
        forward.tape().clear();
        forward.backend().copyOut(deviceLosses, MemorySegment.ofArray(losses));
        for (int i = 0; i < losses.length; i++) {
            losses[i] *= corrupted.importance()[i];
        }
        return losses;
    }

    @Override
    public int[] scored(Batch batch) {
        return measuring.of(batch, Draws.of(batch)).scored();
    }
}
