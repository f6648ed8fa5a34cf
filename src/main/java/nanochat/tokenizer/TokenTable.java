package nanochat.tokenizer;

import java.util.Arrays;

/// From the bytes of a token to its id. Immutable after construction: an open-addressing hash table; tokens of up to eight bytes, which
/// are most of what text is made of, are recognised without looking at their bytes again.
final class TokenTable {
    static final int ABSENT = -1;

    private final int bits;
    /// Per slot: the fingerprint, then length and id (-1 where the slot is empty).
    private final long[] slots;
    private final byte[][] tokens;

    /// The table of `tokens[id]`, without those that are empty.
    TokenTable(byte[][] tokens) {
        this.tokens = tokens;
        bits = Integer.SIZE - Integer.numberOfLeadingZeros(2 * tokens.length);
        slots = new long[2 << bits];
        for (int slot = 0; slot < slots.length; slot += 2) {
            slots[slot + 1] = ABSENT;
        }
        for (int id = 0; id < tokens.length; id++) {
            int length = tokens[id].length;
            if (length > 0) {
                long fingerprint = Fingerprint.of(Arrays.copyOf(tokens[id], length + Long.BYTES), 0, length);
                int slot = Fingerprint.slot(fingerprint + length, bits);
                while (slots[2 * slot + 1] != ABSENT) {
                    slot = slot + 1 & (1 << bits) - 1;
                }
                slots[2 * slot] = fingerprint;
                slots[2 * slot + 1] = (long) length << Integer.SIZE | id;
            }
        }
    }

    /// A table that was made before.
    ///
    /// @param tokens those in it, and perhaps others
    TokenTable(long[] slots, byte[][] tokens) {
        this.tokens = tokens;
        this.slots = slots;
        this.bits = Integer.numberOfTrailingZeros(slots.length) - 1;
    }

    long[] slots() {
        return slots;
    }

    /// The id of the token with exactly `bytes[start..end)`, or [#ABSENT]; `bytes` must go on for eight bytes after `end`.
    int id(byte[] bytes, int start, int end) {
        return id(bytes, start, end, Fingerprint.of(bytes, start, end));
    }

    /// The same when the fingerprint is at hand.
    int id(byte[] bytes, int start, int end, long fingerprint) {
        int length = end - start;
        int slot = Fingerprint.slot(fingerprint + length, bits);
        while (true) {
            long entry = slots[2 * slot + 1];
            if (entry == ABSENT) {
                return ABSENT;
            }
            int id = (int) entry;
            if (slots[2 * slot] == fingerprint && entry >>> Integer.SIZE == length
                    && (length <= Fingerprint.EXACT_LENGTH || Arrays.equals(tokens[id], 0, length, bytes, start, end))) {
                return id;
            }
            slot = slot + 1 & (1 << bits) - 1;
        }
    }
}
