package nanochat.eval;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import nanochat.model.Gpt;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;

/// The most likely continuation by running the model over the whole sequence again for every token: slow and obviously right. What a KV cache
/// must reproduce.
final class NaiveSampler {
    /// Sequences are filled up to a multiple of this, so that few shapes occur. What stands after a token has no influence on it.
    private static final int LENGTH_STEP = 32;

    private final Gpt gpt;
    private final Tape tape;
    private final Map<Integer, Buffers> byLength = new HashMap<>();

    private record Buffers(Tensor ids, Tensor logits) {}

    NaiveSampler(Gpt gpt, Tape tape) {
        this.gpt = gpt;
        this.tape = tape;
    }

    /// Of two equal logits the smaller id goes first. The model sees the last T tokens.
    int[] complete(int[] prompt, int maxTokens, int stop) {
        int[] sequence = Arrays.copyOf(prompt, prompt.length + maxTokens);
        int size = prompt.length;
        while (size < sequence.length) {
            int next = mostLikely(sequence, size);
            if (next == stop) {
                break;
            }
            sequence[size++] = next;
        }
        return Arrays.copyOfRange(sequence, prompt.length, size);
    }

    private int mostLikely(int[] sequence, int size) {
        int limit = gpt.config().sequenceLength();
        int seen = Math.min(size, limit);
        int length = Math.min(limit, (seen + LENGTH_STEP - 1) / LENGTH_STEP * LENGTH_STEP);
        Backend backend = tape.backend();
        int vocabulary = gpt.config().vocabularySize();
        Buffers buffers = byLength.computeIfAbsent(length,
                rows -> new Buffers(backend.allocate(DType.I32, rows), backend.allocate(DType.F32, rows, vocabulary)));
        int[] ids = new int[length];
        System.arraycopy(sequence, size - seen, ids, 0, seen);
        backend.write(buffers.ids, ids);
        gpt.logits(tape, buffers.logits, buffers.ids, 1, length);
        float[] logits = backend.read(buffers.logits);
        int last = (seen - 1) * vocabulary;
        int best = 0;
        for (int id = 1; id < vocabulary; id++) {
            if (logits[last + id] > logits[last + best]) {
                best = id;
            }
        }
        return best;
    }
}
