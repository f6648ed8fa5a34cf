package nanochat.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import nanochat.engine.kernel.KeyValuePage;

/// The tokens a model has seen in one row, with their keys and values. Grows at the end by [InferenceGpt]'s passes.
///
/// Belongs to the thread that made it, until that thread hands it over; any other that uses it gets an IllegalStateException.
public final class Sequence {
    private final KvCache cache;
    private volatile Thread owner = Thread.currentThread();
    private int[] tokens = new int[KvCache.PAGE];
    private int length;
    /// By layer and position / PAGE. `firstPage[layer]` is the first one still held.
    private final KvCache.Page[][] pages;
    private final int[] firstPage;

    Sequence(KvCache cache) {
        this.cache = cache;
        this.pages = new KvCache.Page[cache.layers()][0];
        this.firstPage = new int[cache.layers()];
    }

    /// Number of tokens.
    public int length() {
        checkOwner();
        return length;
    }

    /// The position behind the last token: the prefix of the cache stands before the first one.
    int end() {
        return cache.prefixTokens() + length;
    }

    /// Pages of a layer, the first ones that were given back included, of a sequence of so many tokens; an empty one has none, nor the prefix's.
    private int heldPages(int tokenCount) {
        return tokenCount == 0 ? 0 : KvCache.pageCount(cache.prefixTokens() + tokenCount);
    }

    /// How many more tokens fit.
    public int room() {
        checkOwner();
        return cache.maximumLength() - length;
    }

    public int token(int position) {
        checkOwner();
        return tokens[Objects.checkIndex(position, length)];
    }

    /// The same for the threads of a pass, which work for the owner.
    int tokenInPass(int position) {
        return tokens[position];
    }

    /// From now on the sequence is that thread's.
    ///
    /// @throws IllegalStateException when it is not this thread's to give
    public void handOverTo(Thread next) {
        checkOwner();
        owner = next;
    }

    /// The same where only one thread at a time can have it, whichever that is.
    void takeOver() {
        owner = Thread.currentThread();
    }

    void checkOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("the sequence belongs to " + owner + " and is used by " + Thread.currentThread()
                    + ": its owner has to hand it over first (Sequence.handOverTo)");
        }
    }

    /// Another sequence with the same tokens, sharing their memory. Neither notices what becomes of the other.
    public Sequence fork() {
        checkOwner();
        Sequence fork = new Sequence(cache);
        fork.tokens = tokens.clone();
        fork.length = length;
        for (int layer = 0; layer < pages.length; layer++) {
            fork.pages[layer] = pages[layer].clone();
            fork.firstPage[layer] = firstPage[layer];
            for (int page = firstPage[layer]; page < heldPages(length); page++) {
                cache.share(pages[layer][page]);
            }
        }
        cache.addFork(this, fork);
        return fork;
    }

    /// Forgets all tokens but the first `newLength`. Returns whether that was possible: a layer with a window has given old keys back, and
    /// cannot go back by more than [KvCache#SLACK] positions unless to the very beginning. Nothing changes when it was not.
    public boolean truncate(int newLength) {
        checkOwner();
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot cut " + length + " tokens to " + newLength);
        }
        if (!canBeCutTo(newLength)) {
            return false;
        }
        cutTo(newLength);
        return true;
    }

    /// Whether all keys are still held that a token after the first `newLength` sees.
    boolean canBeCutTo(int newLength) {
        for (int layer = 0; newLength > 0 && layer < pages.length; layer++) {
            if (firstPage[layer] * KvCache.PAGE > Math.max(0, cache.prefixTokens() + newLength - cache.window(layer))) {
                return false;
            }
        }
        return true;
    }

    private void cutTo(int newLength) {
        for (int layer = 0; layer < pages.length; layer++) {
            for (int page = Math.max(firstPage[layer], heldPages(newLength)); page < heldPages(length); page++) {
                cache.release(pages[layer][page]);
            }
            if (newLength == 0) {
                firstPage[layer] = 0;
            }
        }
        length = newLength;
    }

    /// Loses all tokens because the cache needs their pages.
    void drop() {
        cutTo(0);
    }

    /// Keeps as much of the beginning as agrees with `prompt` and is still held, forgets the rest, and returns the number of tokens kept. The
    /// last token of the prompt is never kept: it has to be run to predict what follows.
    public int keepCommonPrefix(int[] prompt) {
        checkOwner();
        if (!truncate(commonWith(prompt))) {
            truncate(0);
        }
        return length;
    }

    /// Keeps as much of the beginning as agrees with `other` and is still held, and forgets the rest.
    void keepCommonPrefix(Sequence other) {
        int mismatch = Arrays.mismatch(tokens, 0, length, other.tokens, 0, other.length);
        if (mismatch >= 0 && !truncate(mismatch)) {
            truncate(0);
        }
    }

    // What the cache asks of sequences that are kept: it holds its lock, and nobody else knows them.

    /// How much of the beginning agrees with all of `prompt` but its last token.
    int commonWith(int[] prompt) {
        int mismatch = Arrays.mismatch(tokens, 0, length, prompt, 0, prompt.length - 1);
        return mismatch < 0 ? length : mismatch;
    }

    int[] tokens() {
        return Arrays.copyOf(tokens, length);
    }

    boolean isEmpty() {
        return length == 0;
    }

    /// Whether this begins with all tokens of `other`, and wherever that can be cut, this can be too.
    boolean servesFor(Sequence other) {
        if (other.length > length || !Arrays.equals(tokens, 0, other.length, other.tokens, 0, other.length)) {
            return false;
        }
        for (int layer = 0; layer < pages.length; layer++) {
            if (firstPage[layer] > other.firstPage[layer]) {
                return false;
            }
        }
        return true;
    }

    void forEachPage(Consumer<KvCache.Page> visitor) {
        for (int layer = 0; layer < pages.length; layer++) {
            for (int page = firstPage[layer]; page < heldPages(length); page++) {
                visitor.accept(pages[layer][page]);
            }
        }
    }

    /// Those that are held, layer by layer.
    List<KvCache.Page> pages() {
        List<KvCache.Page> held = new ArrayList<>();
        forEachPage(held::add);
        return held;
    }

    int[] firstPages() {
        return firstPage.clone();
    }

    /// Becomes these tokens, in pages of its own from the given ones on, which the caller fills.
    void fill(int[] content, int[] firstPages) {
        checkOwner();
        cutTo(0);
        tokens = content.clone();
        length = content.length;
        for (int layer = 0; layer < pages.length; layer++) {
            firstPage[layer] = firstPages[layer];
            pages[layer] = new KvCache.Page[heldPages(length)];
            for (int page = firstPage[layer]; page < pages[layer].length; page++) {
                pages[layer][page] = cache.take();
            }
        }
    }

    /// Becomes the first `newLength` tokens of `other`, which can be cut to them, and shares their pages: those that it would hold if it had read them itself.
    void takeBeginning(Sequence other, int newLength) {
        checkOwner();
        cutTo(0);
        tokens = Arrays.copyOf(other.tokens, Math.max(newLength, KvCache.PAGE));
        for (int layer = 0; layer < pages.length; layer++) {
            pages[layer] = Arrays.copyOf(other.pages[layer], heldPages(newLength));
            firstPage[layer] = Math.max(other.firstPage[layer], cache.firstPage(layer, newLength));
            for (int page = firstPage[layer]; page < pages[layer].length; page++) {
                cache.share(pages[layer][page]);
            }
        }
        length = newLength;
    }

    /// Gives all memory back; the sequence is empty afterwards.
    public void release() {
        checkOwner();
        cache.setInUse(this);
        cutTo(0);
    }

    /// Makes room for `count` tokens more, in pages of this sequence's own, and gives back what the windows have left behind.
    void reserve(int count) {
        checkOwner();
        if (count > room()) {
            throw new IllegalStateException("the sequence has " + length + " tokens and cannot take " + count + " more: the cache holds "
                    + cache.maximumLength());
        }
        if (length + count > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(length + count, 2 * tokens.length));
        }
        int begin = end();
        int end = begin + count;
        for (int layer = 0; layer < pages.length; layer++) {
            if (length == 0 && cache.prefixTokens() > 0) {
                pages[layer] = cache.sharePrefix(layer);
            }
            releaseUpTo(layer, cache.firstPage(layer, length));
            if (KvCache.pageCount(end) > pages[layer].length) {
                pages[layer] = Arrays.copyOf(pages[layer], Math.max(KvCache.pageCount(end), 2 * pages[layer].length));
            }
            if (begin % KvCache.PAGE != 0) {
                int last = begin / KvCache.PAGE;
                pages[layer][last] = cache.writable(pages[layer][last]);
            }
            for (int page = KvCache.pageCount(begin); page < KvCache.pageCount(end); page++) {
                pages[layer][page] = cache.take();
            }
        }
    }

    /// Adds a token; its keys and values are written by the pass that reserved the place.
    void append(int token) {
        tokens[length++] = token;
    }

    /// Page `page` of `layer`: positions from `page * KvCache.PAGE` on.
    KeyValuePage page(int layer, int page) {
        return pages[layer][page].keyValues;
    }

    private void releaseUpTo(int layer, int page) {
        for (; firstPage[layer] < page; firstPage[layer]++) {
            cache.release(pages[layer][firstPage[layer]]);
        }
    }
}
