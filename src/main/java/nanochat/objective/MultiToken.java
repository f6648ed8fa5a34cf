package nanochat.objective;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;

/// Predicting several tokens at once (docs/objectives.md#multi-token): head h, from 0, the token h+1 places on, all with one lm_head. The loss is the
/// mean over the heads of their means. What is measured is the next token alone, of the model without its extra heads. Micro-batches are of one shape.
final class MultiToken implements Objective {
    private final Gpt gpt;
    private final ForwardPass forward;
    private final NextToken next;
    private final List<StepLosses> stepLosses;

    /// @param gpt with one extra head fewer than `heads`
    /// @param rows B
    /// @param length T
    MultiToken(Gpt gpt, Tape tape, int rows, int length, int heads) {
        this.gpt = gpt;
        forward = new ForwardPass(gpt, tape, rows * length);
        next = new NextToken(gpt, tape, rows, length);
        stepLosses = Stream.generate(() -> new StepLosses(tape.backend(), rows * length)).limit(heads).toList();
    }

    @Override
    public void addGradients(Batch batch, int microSteps) {
        stepLosses.forEach(losses -> losses.begin(microSteps));
        List<Batch> ahead = IntStream.range(0, stepLosses.size()).mapToObj(head -> ahead(batch, head)).takeWhile(shifted -> shifted
                .validTargets() > 0).toList();
        if (ahead.isEmpty()) {
            return;
        }
        Tensor ids = forward.write(batch);
        gpt.heads(forward.tape(), ids, batch.rows(), batch.length(), ahead.size(), (head, x) -> {
            int valid = ahead.get(head).validTargets();
            forward.write(ahead.get(head));
            forward.crossEntropyWithGradient(stepLosses.get(head).place(valid), x, new LossWeights.Uniform((float) (1.0 / ((double) valid
                    * microSteps * stepLosses.size()))));
        });
        forward.tape().backward();
    }

    /// The same tokens, each to predict what stands `distance` places after its next one; nothing where the row ends before, or does not count there.
    static Batch ahead(Batch batch, int distance) {
        int length = batch.length();
        int[] targets = new int[batch.targets().length];
        Arrays.fill(targets, Batch.IGNORED);
        for (int row = 0; row < batch.rows(); row++) {
            if (distance < length) {
                System.arraycopy(batch.targets(), row * length + distance, targets, row * length, length - distance);
            }
        }
        return new Batch(batch.rows(), length, batch.inputs(), targets);
    }

    @Override
    public double takeLoss() {
        return stepLosses.stream().mapToDouble(StepLosses::takeMean).sum() / stepLosses.size();
    }

    @Override
    public float[] losses(Batch batch) {
        return next.losses(batch);
    }
}
