package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Keys and values of one layer for [#POSITIONS] consecutive positions.
///
/// Both halves are laid out as tiles, so that scores and weighted sums are tile products:
///
/// | format | keys | values |
/// |---|---|---|
/// | f32 ([Tile]) | `[kvHead][channel][position]` | `[kvHead][channel / 64][position][channel % 64]` |
/// | bf16 ([Bf16Tile]) | `[kvHead][channel / 2][position][channel % 2]` | `[kvHead][channel / 64][position / 2][channel % 64][position % 2]` |
///
/// @param headSize channels of a head, an even number
public record KeyValuePage(KeyValueFormat format, MemorySegment keys, MemorySegment values, int headSize) {
    /// Positions in a page.
    public static final int POSITIONS = Tile.WIDTH;
    /// Bytes of scratch memory that products with a page need.
    static final long SCRATCH_BYTES = Bf16Tile.SCRATCH_BYTES;

    /// A page of zeros.
    public static KeyValuePage allocate(KeyValueFormat format, Arena arena, int kvHeads, int headSize) {
        return new KeyValuePage(format, arena.allocate(keyBytes(format, kvHeads, headSize), 64),
                arena.allocate(valueBytes(format, kvHeads, headSize), 64), headSize);
    }

    /// Bytes of a page.
    public static long bytes(KeyValueFormat format, int kvHeads, int headSize) {
        return keyBytes(format, kvHeads, headSize) + valueBytes(format, kvHeads, headSize);
    }

    /// Whether this and `other` are the same memory.
    boolean is(KeyValuePage other) {
        return keys.address() == other.keys.address();
    }

    /// Takes over what `other`, a page of the same shape and format, holds.
    public void copyFrom(KeyValuePage other) {
        keys.copyFrom(other.keys);
        values.copyFrom(other.values);
    }

    /// Copies what the page holds to `offset` of a segment. Returns the number of bytes.
    public long copyTo(MemorySegment target, long offset) {
        MemorySegment.copy(keys, 0, target, offset, keys.byteSize());
        MemorySegment.copy(values, 0, target, offset + keys.byteSize(), values.byteSize());
        return keys.byteSize() + values.byteSize();
    }

    /// Takes what [#copyTo] copied. Returns the number of bytes.
    public long copyFrom(MemorySegment source, long offset) {
        MemorySegment.copy(source, offset, keys, 0, keys.byteSize());
        MemorySegment.copy(source, offset + keys.byteSize(), values, 0, values.byteSize());
        return keys.byteSize() + values.byteSize();
    }

    /// Copies `count` keys and values of a head, `headSize` floats each, to consecutive positions of the page. Different positions may be
    /// stored by different threads at once.
    ///
    /// @param key of the first position, the next one `stride` bytes later; `value` likewise. Where the page is in bf16 they are rounded in
    ///            place, and good for nothing afterwards
    public void store(int position, int count, int kvHead, long key, long value, long stride) {
        switch (format) {
            case F32 -> storeFloats(position, count, kvHead, key, value, stride);
            case BF16 -> storeHalves(position, count, kvHead, key, value, stride);
        }
    }

    /// A channel of all keys before the next: then what is written lies together, while key by key every float would go to another
    /// cache line, and all of those fall into the same few sets of a cache.
    private void storeFloats(int position, int count, int kvHead, long key, long value, long stride) {
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
                Kernels.copy(value + i * stride + 4L * channel, valueTarget + 4L * channel * POSITIONS,
                        Math.min(Tile.WIDTH, headSize - channel));
            }
        }
    }

    /// As [#storeFloats], keys two channels at a time. Neighbouring positions share the lanes of the values, so these are written short by
    /// short.
    private void storeHalves(int position, int count, int kvHead, long key, long value, long stride) {
        for (int i = 0; i < count; i++) {
            Kernels.toBfloat16(key + i * stride, key + i * stride, headSize);
            Kernels.toBfloat16(value + i * stride, value + i * stride, headSize);
        }
        long keyTarget = keyAddress(kvHead) + 4L * position;
        for (int pair = 0; pair < headSize / 2; pair++) {
            for (int i = 0; i < count; i++) {
                Tile.ALL.set(Tile.INT, keyTarget + 4L * pair * POSITIONS + 4L * i, Tile.ALL.get(Tile.INT, key + i * stride + 4L * pair));
            }
        }
        for (int i = 0; i < count; i++) {
            long valueTarget = valueAddress(kvHead) + 4L * ((position + i) / 2) * Tile.WIDTH + 2L * ((position + i) % 2);
            for (int channel = 0; channel < headSize; channel++) {
                long block = channel / Tile.WIDTH * (2L * Tile.WIDTH * POSITIONS);
                Tile.ALL.set(Tile.SHORT, valueTarget + block + 4L * (channel % Tile.WIDTH),
                        Tile.ALL.get(Tile.SHORT, value + i * stride + 2L * channel));
            }
        }
    }

    /// `scores[i][position] = query i . key of position` for all positions of the page, written or not.
    ///
    /// @param scores a row of [#POSITIONS] floats after the other
    void multiplyKeys(int kvHead, long queries, long queryStride, long scores, int count, long scratch) {
        Kernels.clear(scores, Tile.ROW_STRIDE, count);
        switch (format) {
            case F32 -> Tile.multiplyAdd(keyAddress(kvHead), Tile.PANEL_STRIDE, Tile.ROW_STRIDE, headSize, queries, queryStride, scores,
                    Tile.ROW_STRIDE, count);
            case BF16 -> Kernels.multiplyAdd(keyAddress(kvHead), Tile.PANEL_STRIDE, Tile.ROW_STRIDE, headSize, queries, queryStride,
                    scores,
                    Tile.ROW_STRIDE, count, scratch);
        }
    }

    /// `sums[i] = ` the values of the first `positions` positions by their weights in row i, which are [#POSITIONS] floats long.
    void multiplyValues(int kvHead, long weights, int positions, long sums, long sumStride, int count, long scratch) {
        for (int channel = 0; channel < headSize; channel += Tile.WIDTH) {
            long target = sums + 4L * channel;
            long tile = valueAddress(kvHead) + (long) format.elementBytes() * channel * POSITIONS;
            Kernels.clear(target, sumStride, count);
            switch (format) {
                case F32 -> Tile.multiplyAdd(tile, Tile.PANEL_STRIDE, Tile.ROW_STRIDE, positions, weights, Tile.ROW_STRIDE, target,
                        sumStride, count);
                case BF16 -> Kernels.multiplyAdd(tile, Tile.PANEL_STRIDE, Tile.ROW_STRIDE, positions, weights, Tile.ROW_STRIDE, target,
                        sumStride, count, scratch);
            }
        }
    }

    private long keyAddress(int kvHead) {
        return keys.address() + keyBytes(format, kvHead, headSize);
    }

    private long valueAddress(int kvHead) {
        return values.address() + valueBytes(format, kvHead, headSize);
    }

    private static long keyBytes(KeyValueFormat format, int kvHeads, int headSize) {
        return (long) format.elementBytes() * kvHeads * headSize * POSITIONS;
    }

    private static long valueBytes(KeyValueFormat format, int kvHeads, int headSize) {
        return (long) format.elementBytes() * kvHeads * Tile.roundUp(headSize) * POSITIONS;
    }
}
