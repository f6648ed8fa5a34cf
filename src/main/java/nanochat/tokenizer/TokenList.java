package nanochat.tokenizer;

import java.util.Arrays;
import java.util.Objects;

/// A list of tokens that grows as needed and can be cleared and filled again without making garbage.
public final class TokenList implements TokenSink {
    private int[] tokens;
    private int size;

    public TokenList() {
        this(16);
    }

    /// A list with room for `capacity` tokens before it grows.
    public TokenList(int capacity) {
        tokens = new int[Math.max(1, capacity)];
    }

    @Override
    public void accept(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, (int) Math.min(2L * size, Integer.MAX_VALUE - Long.BYTES));
        }
        tokens[size++] = token;
    }

    public int size() {
        return size;
    }

    /// The token at `index`.
    ///
    /// @throws IndexOutOfBoundsException when `index` is not in `[0, size)`
    public int get(int index) {
        return tokens[Objects.checkIndex(index, size)];
    }

    /// Forgets the tokens, keeps the room.
    public void clear() {
        size = 0;
    }

    /// Copies the tokens `[from, from + length)` to `target[offset..]`.
    public void copyTo(int from, int[] target, int offset, int length) {
        Objects.checkFromIndexSize(from, length, size);
        System.arraycopy(tokens, from, target, offset, length);
    }

    public int[] toArray() {
        return Arrays.copyOf(tokens, size);
    }
}
