package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Keys and values of one layer for [#POSITIONS] consecutive positions.
///
/// Both halves are laid out as tiles ([Tile]): keys as `[kvHead][channel][position]`, values as
/// `[kvHead][channel / 64][position][channel % 64]`, so that scores and weighted sums are tile products.
public record KeyValuePage(MemorySegment keys, MemorySegment values, int headSize) {
    /// Positions in a page.
    public static final int POSITIONS = Tile.WIDTH;

    /// A page of zeros.
    public static KeyValuePage allocate(Arena arena, int kvHeads, int headSize) {
        return new KeyValuePage(arena.allocate(keyBytes(kvHeads, headSize), 64), arena.allocate(valueBytes(kvHeads, headSize), 64),
                headSize);
    }

    /// Bytes of a page.
    public static long bytes(int kvHeads, int headSize) {
        return keyBytes(kvHeads, headSize) + valueBytes(kvHeads, headSize);
    }

    /// Whether this and `other` are the same memory.
    boolean is(KeyValuePage other) {
        return keys.address() == other.keys.address();
    }

    /// Takes over what `other`, a page of the same shape, holds.
    public void copyFrom(KeyValuePage other) {
        keys.copyFrom(other.keys);
        values.copyFrom(other.values);
    }

    /// Copies `count` keys and values of a head, `headSize` floats each, to consecutive positions of the page.
    ///
    /// A channel of all keys before the next: then what is written lies together, while key by key every float would go to another
    /// cache line, and all of those fall into the same few sets of a cache.
    ///
    /// @param key of the first position, the next one `stride` bytes later; `value` likewise
    public void store(int position, int count, int kvHead, long key, long value, long stride) {
        long keyTarget = keyAddress(kvHead) + 4L * position;
        for (int channel = 0; channel < headSize; channel++) {
            for (int i = 0; i < count; i++) {
                Tile.ALL.set(Tile.FLOAT, keyTarget + 4L * channel * POSITIONS + 4L * i, Tile.ALL.get(Tile.FLOAT, key + i * stride + 4L
                        * channel));
            }
        }
        for (int i = 0; i < count; i++) {
            long valueTarget = valueAddress(kvHead) + 4L * (position + i) * Tile.WIDTH;
            for (int channel = 0; channel < headSize; channel += Tile.WIDTH) {
                VectorMath.copy(value + i * stride + 4L * channel, valueTarget + 4L * channel * POSITIONS,
                        Math.min(Tile.WIDTH, headSize - channel));
            }
        }
    }

    /// The key of a head at position 0; the next channel is [#POSITIONS] floats away, the next position one float.
    long keyAddress(int kvHead) {
        return keys.address() + keyBytes(kvHead, headSize);
    }

    /// The value of a head at position 0; the next position is [Tile#WIDTH] floats away, the next channel one float, and the next
    /// [Tile#WIDTH] channels follow after [#POSITIONS] positions.
    long valueAddress(int kvHead) {
        return values.address() + valueBytes(kvHead, headSize);
    }

    private static long keyBytes(int kvHeads, int headSize) {
        return 4L * kvHeads * headSize * POSITIONS;
    }

    private static long valueBytes(int kvHeads, int headSize) {
        return 4L * kvHeads * Tile.roundUp(headSize) * POSITIONS;
    }
}
