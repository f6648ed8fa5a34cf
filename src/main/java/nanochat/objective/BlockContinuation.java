package nanochat.objective;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// Writes on by a model that was trained by diffusion in blocks (docs/objectives.md#block-diffusion): block after block, each as many blanks that are
/// filled step by step. What a whole block computes does not hang on what comes after it, so its keys and values stay in a cache, and a step costs the
/// tokens of one block. The text may be of any length. Not for several threads.
public final class BlockContinuation {
    private final Gpt gpt;
    private final Tape tape;
    private final int size;
    private final int mask;
    private final int longest;
    private final Tensor ids;
    private final Tensor logits;
    /// Of each layer, [longest, G*D].
    private final List<Tensor> keys;
    private final List<Tensor> values;

    /// @param parameters of a model with a mask behind its tokenizer's tokens
    /// @param compute the type of matrix products
    /// @param longest text with its continuation, in tokens; a multiple of the block is reached
    /// @param size tokens of a block
    public BlockContinuation(GptParameters parameters, DType compute, int longest, int size) {
        this.size = size;
        this.longest = Math.ceilDiv(longest, size) * size;
        Backend backend = parameters.backend();
        GptConfig config = parameters.config();
        gpt = new Gpt(parameters, this.longest);
        tape = new Tape(backend, compute);
        mask = config.vocabularySize() - 1;
        ids = backend.allocate(DType.I32, size);
        logits = backend.allocate(DType.F32, size, mask);
        keys = IntStream.range(0, config.layers()).mapToObj(_ -> backend.allocate(compute, this.longest, config.kvWidth())).toList();
        values = IntStream.range(0, config.layers()).mapToObj(_ -> backend.allocate(compute, this.longest, config.kvWidth())).toList();
    }

    /// What follows a text.
    ///
    /// @param text at least one token
    /// @param most tokens of the continuation; fewer where the text becomes too long
    /// @param end a token that ends it and is left out
    /// @param manner how a block is filled; its steps are those of one block
    public int[] continued(int[] text, int most, int end, Infilling.Manner manner) {
        SplittableRandom random = new SplittableRandom(manner.seed());
        int[] all = text;
        int wanted = Math.min(longest, text.length + most);
        int known = text.length / size * size;
        for (int first = 0; first < known; first += size) {
            keep(all, first);
        }
        for (int first = known; first < wanted; first += size) {
            int[] block = new int[size];
            Arrays.fill(block, mask);
            System.arraycopy(all, first, block, 0, all.length - first);
            int begin = first;
            int[] filled = Infilling.fill(block, mask, manner, random, (tokens, from, to) -> logProbabilities(tokens, begin, from, to));
            int before = all.length;
            all = Arrays.copyOf(all, first + size);
            System.arraycopy(filled, 0, all, first, size);
            for (int i = Math.max(before, text.length); i < all.length; i++) {
                if (all[i] == end) {
                    return Arrays.copyOfRange(all, text.length, Math.min(i, wanted));
                }
            }
            keep(all, first);
        }
        return Arrays.copyOfRange(all, text.length, wanted);
    }

    /// Computes a whole block and keeps its keys and values.
    private void keep(int[] text, int first) {
        hidden(Arrays.copyOfRange(text, first, first + size), first, true);
        tape.clear();
    }

    /// Of every token at the positions from..to-1 of a block that begins at `first`.
    double[][] logProbabilities(int[] block, int first, int from, int to) {
        Variable x = hidden(block, first, false);
        tape.backend().logits(logits, x.value(), gpt.parameters().lmHead().compute());
        tape.clear();
        float[] all = tape.backend().read(logits);
        return IntStream.range(from, to).mapToObj(row -> Infilling.logSoftmax(all, row * mask, mask)).toArray(double[][]::new);
    }

    private Variable hidden(int[] block, int first, boolean kept) {
        Backend backend = tape.backend();
        GptConfig config = gpt.config();
        backend.write(ids, block);
        AttentionShape shape = new AttentionShape(1, size, config.heads(), config.kvHeads(), config.headSize(),
                new Visibility.WholeAfterMemory(first));
        return gpt.hidden(tape, new Gpt.Pass(ids, size, first, size, layer -> (_, q, k, v) -> {
            if (kept) {
                backend.copyRows(keys.get(layer), first, k.value(), 0, size, 1);
                backend.copyRows(values.get(layer), first, v.value(), 0, size, 1);
            }
            return tape.attention(q, behind(keys.get(layer), first, k), behind(values.get(layer), first, v), shape);
        }));
    }

    private Variable behind(Tensor cache, int first, Variable own) {
        return first == 0 ? own : tape.afterMemory(cache.rows(0, first), own, 1);
    }
}
