package nanochat.objective;

import java.util.Arrays;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// Reads a text for diffusion in blocks (docs/objectives.md#block-diffusion): one pass over every row twice, with hidden tokens and whole, so that all
/// blocks learn at once, each behind the whole text before it.
///
/// @param forward for twice the positions of a text, whose rows are multiples of the block
/// @param block tokens
record BlockReading(Gpt gpt, ForwardPass forward, int block) implements CorruptedText.Reading {
    /// Of the noisy rows and, behind them, the clean ones, of which nothing is asked.
    @Override
    public Variable hidden(Corrupted corrupted, Batch text) {
        Batch noisy = corrupted.question();
        int half = noisy.inputs().length;
        int[] inputs = Arrays.copyOf(noisy.inputs(), 2 * half);
        System.arraycopy(text.inputs(), 0, inputs, half, half);
        int[] targets = Arrays.copyOf(noisy.targets(), 2 * half);
        Arrays.fill(targets, half, 2 * half, Batch.IGNORED);
        Tensor ids = forward.write(new Batch(2 * noisy.rows(), noisy.length(), inputs, targets));
        GptConfig config = gpt.config();
        AttentionShape shape = new AttentionShape(noisy.rows(), noisy.length(), config.heads(), config.kvHeads(), config.headSize(),
                new Visibility.Blocks(block));
        return gpt.hidden(forward.tape(), new Gpt.Pass(ids, noisy.length(), 0, block, _ -> (tape, q, k, v) -> tape.blockAttention(q, k, v,
                shape)));
    }
}
