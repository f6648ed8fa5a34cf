package nanochat.engine;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import nanochat.engine.kernel.KeyValuePage;
import nanochat.model.GptConfig;

/// The memory behind the [Sequence]s of one model: pages that hold the keys and values of one layer for [#PAGE] consecutive positions.
///
/// Sequences with a common beginning share its pages and copy one only to write to it, so N samples of a prompt store the prompt once.
/// A layer with a window gives pages back that no later token will see. Pages are recycled, never returned to the system before [#close].
///
/// Not thread-safe.
public final class KvCache implements AutoCloseable {
    /// Positions in a page.
    static final int PAGE = KeyValuePage.POSITIONS;
    /// Positions older than its window that a layer keeps, so that the end of a sequence can be taken back.
    static final int SLACK = 4 * PAGE;

    private final GptConfig config;
    private final int maximumLength;
    private final Arena arena = Arena.ofShared();
    private final ArrayDeque<Page> free = new ArrayDeque<>();
    private final int[] windows;
    private long pages;

    /// Keys and values of one layer, and how many sequences refer to them.
    static final class Page {
        final KeyValuePage keyValues;
        int owners;

        Page(KeyValuePage keyValues) {
            this.keyValues = keyValues;
        }
    }

    /// @param maximumLength the longest sequence; beyond [GptConfig#sequenceLength] a model was never trained
    public KvCache(GptConfig config, int maximumLength) {
        if (maximumLength < 1) {
            throw new IllegalArgumentException("a cache needs room for at least one token, not " + maximumLength);
        }
        this.config = config;
        this.maximumLength = maximumLength;
        this.windows = new int[config.layers()];
        for (int layer = 0; layer < windows.length; layer++) {
            windows[layer] = config.window(layer);
        }
    }

    /// An empty sequence.
    public Sequence newSequence() {
        return new Sequence(this);
    }

    /// The longest a sequence can become.
    public int maximumLength() {
        return maximumLength;
    }

    int layers() {
        return windows.length;
    }

    int window(int layer) {
        return windows[layer];
    }

    /// Bytes allocated so far.
    public long bytes() {
        return pages * KeyValuePage.bytes(config.kvHeads(), config.headSize());
    }

    Page take() {
        Page page = free.poll();
        if (page == null) {
            page = new Page(KeyValuePage.allocate(arena, config.kvHeads(), config.headSize()));
            pages++;
        }
        page.owners = 1;
        return page;
    }

    void release(Page page) {
        page.owners--;
        if (page.owners == 0) {
            free.push(page);
        }
    }

    /// A page of its own for a sequence that is going to write to `page`.
    Page writable(Page page) {
        if (page.owners == 1) {
            return page;
        }
        Page copy = take();
        copy.keyValues.copyFrom(page.keyValues);
        release(page);
        return copy;
    }

    /// Returns all memory; sequences of this cache must not be used any more.
    @Override
    public void close() {
        arena.close();
    }
}
