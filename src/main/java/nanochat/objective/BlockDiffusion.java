package nanochat.objective;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.DType;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// Diffusion in blocks (docs/objectives.md#block-diffusion): one pass over every row twice, with hidden tokens and whole, so that all blocks learn at
/// once, each behind the whole text before it. Micro-batches are of one shape.
final class BlockDiffusion implements Objective {
    private final Gpt gpt;
    private final ForwardPass forward;
    private final BlockAbsorption absorption;
    private final int rows;
    private final int length;
    private final long seed;
    private final StepLosses stepLosses;
    private final Tensor weights;
    private final Tensor deviceLosses;
    private final float[] losses;
    private int step;
    private int microStep;

    /// @param rows B
    /// @param length T, a multiple of the block
    /// @param seed of what is hidden, with the step and the micro-batch
    BlockDiffusion(Gpt gpt, Tape tape, int rows, int length, BlockAbsorption absorption, long seed) {
        this.gpt = gpt;
        this.absorption = absorption;
        this.rows = rows;
        this.length = length;
        this.seed = seed;
        int twice = Math.multiplyExact(2 * rows, length);
        forward = new ForwardPass(gpt, tape, twice, absorption.mask());
        stepLosses = new StepLosses(tape.backend(), twice);
        weights = tape.backend().allocate(DType.F32, twice);
        deviceLosses = tape.backend().allocate(DType.F32, twice);
        losses = new float[twice];
    }

    @Override
    public void beginStep(int begun) {
        step = begun;
        microStep = 0;
    }

    @Override
    public void addGradients(Batch batch, int microSteps) {
        stepLosses.begin(microSteps);
        Corrupted corrupted = absorption.of(batch, Draws.of(seed, step, microStep));
        microStep++;
        if (corrupted.question().validTargets() == 0) {
            return;
        }
        float[] each = Arrays.copyOf(corrupted.weights(), losses.length);
        Tensor place = stepLosses.place(each);
        for (int i = 0; i < each.length; i++) {
            each[i] /= microSteps;
        }
        forward.backend().write(weights, each);
        Variable x = hidden(corrupted.question(), batch);
        forward.crossEntropyWithGradient(place, x, new LossWeights.PerPosition(weights));
        forward.tape().backward();
    }

    /// Of the noisy rows and, behind them, the clean ones, of which nothing is asked.
    private Variable hidden(Batch noisy, Batch clean) {
        int half = rows * length;
        int[] inputs = Arrays.copyOf(noisy.inputs(), 2 * half);
        System.arraycopy(clean.inputs(), 0, inputs, half, half);
        int[] targets = Arrays.copyOf(noisy.targets(), 2 * half);
        Arrays.fill(targets, half, 2 * half, Batch.IGNORED);
        Tensor ids = forward.write(new Batch(2 * rows, length, inputs, targets));
        GptConfig config = gpt.config();
        AttentionShape shape = new AttentionShape(rows, length, config.heads(), config.kvHeads(), config.headSize(), new Visibility.Blocks(
                absorption.size()));
        return gpt.hidden(forward.tape(), new Gpt.Pass(ids, length, 0, absorption.size(), _ -> (tape, q, k, v) -> tape.blockAttention(q, k,
                v,
                shape)));
    }

    @Override
    public double takeLoss() {
        microStep = 0;
        return stepLosses.takeMean();
    }

    @Override
    public Likelihood likelihood() {
        return Likelihood.BOUND;
    }

    @Override
    public float[] losses(Batch batch) {
        Corrupted corrupted = absorption.of(batch, Draws.of(batch));
        forward.crossEntropy(deviceLosses, hidden(corrupted.question(), batch));
        forward.tape().clear();
        forward.backend().copyOut(deviceLosses, MemorySegment.ofArray(losses));
        float[] own = Arrays.copyOf(losses, rows * length);
        for (int i = 0; i < own.length; i++) {
            own[i] *= corrupted.importance()[i];
        }
        return own;
    }

    @Override
    public int[] scored(Batch batch) {
        return absorption.of(batch, Draws.of(batch)).scored();
    }
}
