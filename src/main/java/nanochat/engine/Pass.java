package nanochat.engine;

import java.util.Arrays;
import nanochat.engine.kernel.Attention;
import nanochat.engine.kernel.KeyValuePage;

/// The tokens of one forward pass: of any number of sequences, those of one sequence in a row and in order. Prefill is many tokens of one
/// sequence, decoding one token of each of many.
final class Pass implements Attention.Tokens {
    private Sequence[] sequences = new Sequence[0];
    private int[] tokens = new int[0];
    private int[] positions = new int[0];
    private boolean[] logitsWanted = new boolean[0];
    private int count;

    void clear() {
        count = 0;
    }

    /// Appends tokens to `sequence` and to the pass.
    ///
    /// @param firstWanted index of the first token whose logits are wanted, and those of all after it
    void add(Sequence sequence, int[] ids, int from, int to, int firstWanted) {
        sequence.reserve(to - from);
        grow(count + to - from);
        for (int i = from; i < to; i++) {
            sequences[count] = sequence;
            tokens[count] = ids[i];
            positions[count] = sequence.end();
            logitsWanted[count] = i >= firstWanted;
            sequence.append(ids[i]);
            count++;
        }
    }

    /// The row of the token at a position of a sequence, or -1 where it was not read in this pass.
    int rowOf(Sequence sequence, int position) {
        for (int row = 0; row < count; row++) {
            if (sequences[row] == sequence && positions[row] == position) {
                return row;
            }
        }
        return -1;
    }

    /// From now on it had only its first tokens.
    void cutTo(int tokensKept) {
        count = tokensKept;
    }

    private void grow(int capacity) {
        if (capacity > tokens.length) {
            sequences = Arrays.copyOf(sequences, capacity);
            tokens = Arrays.copyOf(tokens, capacity);
            positions = Arrays.copyOf(positions, capacity);
            logitsWanted = Arrays.copyOf(logitsWanted, capacity);
        }
    }

    @Override
    public int count() {
        return count;
    }

    Sequence sequence(int row) {
        return sequences[row];
    }

    int token(int row) {
        return tokens[row];
    }

    @Override
    public int position(int row) {
        return positions[row];
    }

    @Override
    public boolean sameSequence(int row, int other) {
        return sequences[row] == sequences[other];
    }

    @Override
    public KeyValuePage page(int row, int layer, int page) {
        return sequences[row].page(layer, page);
    }

    boolean logitsWanted(int row) {
        return logitsWanted[row];
    }
}
