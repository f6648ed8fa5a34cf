package nanochat.tokenizer;

import java.util.Arrays;
import nanochat.io.BadInputException;

/// How often each distinct piece occurs. Pieces live one after the other in one byte array, found through an open-addressing hash table:
/// about 40 bytes per distinct piece besides its own.
final class PieceCounts {
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - Long.BYTES;

    private int bits = 12;
    /// Per slot the number of a piece plus one, 0 where the slot is empty.
    private int[] slots = new int[1 << bits];
    private int size;
    private long[] fingerprints = new long[1 << 11];
    private long[] counts = new long[1 << 11];
    /// Piece i is `bytes[starts[i]..starts[i + 1])`.
    private int[] starts = new int[1 + (1 << 11)];
    private byte[] bytes = new byte[1 << 14];

    /// The number of distinct pieces.
    int size() {
        return size;
    }

    /// The number of bytes of all distinct pieces together.
    int totalBytes() {
        return starts[size];
    }

    long count(int piece) {
        return counts[piece];
    }

    int start(int piece) {
        return starts[piece];
    }

    int length(int piece) {
        return starts[piece + 1] - starts[piece];
    }

    /// The array that holds the pieces; it changes when pieces are added.
    byte[] bytes() {
        return bytes;
    }

    /// Counts `source[start..end)` `times` more times; `source` must go on for eight bytes after `end`.
    void add(byte[] source, int start, int end, long times) {
        add(source, start, end, Fingerprint.of(source, start, end), times);
    }

    /// Adds everything that `other` has counted.
    void addAll(PieceCounts other) {
        for (int piece = 0; piece < other.size; piece++) {
            add(other.bytes, other.starts[piece], other.starts[piece + 1], other.fingerprints[piece], other.counts[piece]);
        }
    }

    private void add(byte[] source, int start, int end, long fingerprint, long times) {
        int length = end - start;
        int slot = Fingerprint.slot(fingerprint + length, bits);
        while (slots[slot] != 0) {
            int piece = slots[slot] - 1;
            if (fingerprints[piece] == fingerprint && length(piece) == length && (length <= Fingerprint.EXACT_LENGTH
                    || Arrays.equals(bytes, starts[piece], starts[piece + 1], source, start, end))) {
                counts[piece] += times;
                return;
            }
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = size + 1;
        append(source, start, length, fingerprint, times);
        if (size > slots.length / 2) {
            rehash();
        }
    }

    private void append(byte[] source, int start, int length, long fingerprint, long times) {
        if (size == counts.length) {
            int room = grown(size, size + 1L);
            fingerprints = Arrays.copyOf(fingerprints, room);
            counts = Arrays.copyOf(counts, room);
            starts = Arrays.copyOf(starts, room + 1);
        }
        int at = starts[size];
        if (bytes.length - at < length) {
            bytes = Arrays.copyOf(bytes, grown(bytes.length, (long) at + length));
        }
        System.arraycopy(source, start, bytes, at, length);
        fingerprints[size] = fingerprint;
        counts[size] = times;
        size++;
        starts[size] = at + length;
    }

    private static int grown(int room, long needed) {
        if (needed > LARGEST_ARRAY) {
            throw new BadInputException("The distinct words of this text take more than 2 GiB; train on fewer characters (--max-chars)");
        }
        return (int) Math.min(Math.max(needed, room + (room >> 1)), LARGEST_ARRAY);
    }

    private void rehash() {
        bits++;
        slots = new int[1 << bits];
        for (int piece = 0; piece < size; piece++) {
            int slot = Fingerprint.slot(fingerprints[piece] + length(piece), bits);
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = piece + 1;
        }
    }
}
