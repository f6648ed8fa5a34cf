package nanochat.tokenizer;

import java.util.Arrays;
import java.util.List;

/// From a pair of adjacent tokens to the token it merges into. Immutable after construction: an open-addressing hash table whose slots
/// hold left, right and result in one `long`, 21 bits each, so that a lookup touches one cache line.
final class PairTable {
    /// Larger than any id.
    static final int NO_MERGE = Integer.MAX_VALUE;
    static final int ID_BITS = 21;

    private static final long ID_MASK = (1L << ID_BITS) - 1;

    /// What two single bytes make, by both: every piece starts with them.
    private final int[] bytePairs;
    private final long[] slots;
    private final int bits;

    /// The table of `merges`, the result of merge i being `256 + i`.
    PairTable(List<Merge> merges) {
        bytePairs = new int[1 << (2 * Byte.SIZE)];
        bits = Integer.SIZE - Integer.numberOfLeadingZeros(2 * merges.size() + 1);
        slots = new long[1 << bits];
        Arrays.fill(bytePairs, NO_MERGE);
        for (int i = 0; i < merges.size(); i++) {
            Merge merge = merges.get(i);
            long pair = pair(merge.left(), merge.right());
            int slot = Fingerprint.slot(pair, bits);
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = pair << ID_BITS | Tokenizer.BYTES + i;
            if (merge.left() < Tokenizer.BYTES && merge.right() < Tokenizer.BYTES) {
                bytePairs[merge.left() << Byte.SIZE | merge.right()] = Tokenizer.BYTES + i;
            }
        }
    }

    /// A table that was made before.
    PairTable(int[] bytePairs, long[] slots) {
        this.bytePairs = bytePairs;
        this.slots = slots;
        this.bits = Integer.numberOfTrailingZeros(slots.length);
    }

    int[] bytePairs() {
        return bytePairs;
    }

    long[] slots() {
        return slots;
    }

    /// The token that `left` and `right` make, or [#NO_MERGE]. A smaller result was learned earlier and goes first.
    int merged(int left, int right) {
        long pair = pair(left, right);
        int slot = Fingerprint.slot(pair, bits);
        while (true) {
            long entry = slots[slot];
            if (entry >>> ID_BITS == pair && entry != 0) {
                return (int) (entry & ID_MASK);
            }
            if (entry == 0) {
                return NO_MERGE;
            }
            slot = slot + 1 & slots.length - 1;
        }
    }

    /// The same for two single bytes, faster.
    int mergedBytes(int left, int right) {
        return bytePairs[left << Byte.SIZE | right];
    }

    private static long pair(int left, int right) {
        return (long) left << ID_BITS | right;
    }
}
