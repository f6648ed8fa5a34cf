package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import nanochat.model.GptConfig;

/// The memory behind the [Sequence]s of one model: pages that hold the keys and values of one layer for [#PAGE] consecutive positions.
///
/// Sequences with a common beginning share its pages and copy one only to write to it, so N samples of a prompt store the prompt once.
/// A layer with a window gives pages back that no later token will see. Pages are recycled, never returned to the system before [#close].
///
/// Within a page both halves are laid out as tiles ([Tile]): keys as `[kvHead][channel][position]`, values as
/// `[kvHead][channel / 64][position][channel % 64]`, so that scores and weighted sums are tile products. Not thread-safe.
public final class KvCache implements AutoCloseable {
    /// Positions in a page.
    static final int PAGE = Tile.WIDTH;
    /// Positions older than its window that a layer keeps, so that the end of a sequence can be taken back.
    static final int SLACK = 4 * PAGE;

    private final GptConfig config;
    private final int maximumLength;
    private final Arena arena = Arena.ofShared();
    private final ArrayDeque<Page> free = new ArrayDeque<>();
    private final int[] windows;
    private long pages;

    /// Keys and values of `PAGE` positions in one layer.
    static final class Page {
        final MemorySegment keys;
        final MemorySegment values;
        /// Sequences that refer to it.
        int owners;

        Page(MemorySegment keys, MemorySegment values) {
            this.keys = keys;
            this.values = values;
        }

        /// Copies `count` keys and values of a head, `headSize` floats each, to consecutive positions of the page.
        ///
        /// A channel of all keys before the next: then what is written lies together, while key by key every float would go to another
        /// cache line, and all of those fall into the same few sets of a cache.
        ///
        /// @param key of the first position, the next one `stride` bytes later; `value` likewise
        void store(int position, int count, int kvHead, int headSize, long key, long value, long stride) {
            long keyTarget = keys.address() + keyOffset(kvHead, headSize) + 4L * position;
            for (int channel = 0; channel < headSize; channel++) {
                for (int i = 0; i < count; i++) {
                    Tile.ALL.set(Tile.FLOAT, keyTarget + 4L * channel * PAGE + 4L * i, Tile.ALL.get(Tile.FLOAT, key + i * stride + 4L
                            * channel));
                }
            }
            for (int i = 0; i < count; i++) {
                long valueTarget = values.address() + valueOffset(kvHead, headSize) + 4L * (position + i) * Tile.WIDTH;
                for (int channel = 0; channel < headSize; channel += Tile.WIDTH) {
                    VectorMath.copy(value + i * stride + 4L * channel, valueTarget + 4L * channel * PAGE,
                            Math.min(Tile.WIDTH, headSize - channel));
                }
            }
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
        return pages * 4 * (keyFloats() + valueFloats());
    }

    Page take() {
        Page page = free.poll();
        if (page == null) {
            page = new Page(arena.allocate(4L * keyFloats(), 64), arena.allocate(4L * valueFloats(), 64));
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
        copy.keys.copyFrom(page.keys);
        copy.values.copyFrom(page.values);
        release(page);
        return copy;
    }

    /// Offset of the key of a head at position 0 of a page; the next channel is [#PAGE] floats away, the next position one float.
    static long keyOffset(int kvHead, int headSize) {
        return 4L * kvHead * headSize * PAGE;
    }

    /// Offset of the value of a head at position 0 of a page; the next position is [Tile#WIDTH] floats away, the next channel one float,
    /// and the next [Tile#WIDTH] channels follow after [#PAGE] positions.
    static long valueOffset(int kvHead, int headSize) {
        return 4L * kvHead * Tile.roundUp(headSize) * PAGE;
    }

    private long keyFloats() {
        return (long) config.kvHeads() * config.headSize() * PAGE;
    }

    private long valueFloats() {
        return (long) config.kvHeads() * Tile.roundUp(config.headSize()) * PAGE;
    }

    /// Returns all memory; sequences of this cache must not be used any more.
    @Override
    public void close() {
        arena.close();
    }
}
