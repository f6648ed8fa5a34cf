package nanochat.tokenizer;

import java.util.Arrays;

/// Byte-pair encoding of one piece: starting from single bytes, the pair that was learned first is merged, the leftmost where there are
/// several, until no pair is left that the vocabulary can merge. For one thread; reused from piece to piece without making garbage.
///
/// Short pieces look for the best pair by going through all of them, which is quadratic but has the smallest constant; long ones keep the
/// pairs in a heap, which is n log n.
final class PieceMerger {
    private static final int LONG_PIECE = 96;

    private static final int LARGEST_KEPT_PIECE = 1 << 16;

    private final PairTable pairs;
    private final long[] shortPiece = new long[LONG_PIECE];
    /// The tokens of the piece, while a long one is worked on at the position of their first byte.
    private int[] tokens = new int[LONG_PIECE];
    /// What each token makes with the one that follows it, [PairTable#NO_MERGE] where they do not merge.
    private int[] merged = new int[0];
    private int[] following = new int[0];
    private int[] preceding = new int[0];
    /// A binary min-heap of `merged << 32 | position`; entries that no longer agree with `merged[position]` are skipped.
    private long[] heap = new long[LONG_PIECE];
    private int heapSize;

    PieceMerger(PairTable pairs) {
        this.pairs = pairs;
    }

    /// Merges `bytes[start..end)` and returns the number of tokens, which [#token(int)] gives until the next call.
    int merge(byte[] bytes, int start, int end) {
        int count = end - start;
        return count > LONG_PIECE ? mergeLong(bytes, start, count) : mergeShort(bytes, start, count);
    }

    int token(int index) {
        return tokens[index];
    }

    private int mergeShort(byte[] bytes, int start, int count) {
        // Per token, what it makes with the next one in the upper half and itself in the lower: the smallest entry is the pair to merge.
        long[] entries = shortPiece;
        for (int i = 0; i + 1 < count; i++) {
            int token = bytes[start + i] & 0xFF;
            entries[i] = entry(pairs.mergedBytes(token, bytes[start + i + 1] & 0xFF), token);
        }
        entries[count - 1] = entry(PairTable.NO_MERGE, bytes[start + count - 1] & 0xFF);
        int last = count - 1;
        while (true) {
            int best = 0;
            for (int i = 1; i < last; i++) {
                if (entries[i] < entries[best]) {
                    best = i;
                }
            }
            int token = (int) (entries[best] >>> Integer.SIZE);
            if (token == PairTable.NO_MERGE) {
                break;
            }
            int next = best + 1;
            for (int i = next; i < last; i++) {
                entries[i] = entries[i + 1];
            }
            last--;
            entries[best] = entry(next <= last ? pairs.merged(token, (int) entries[next]) : PairTable.NO_MERGE, token);
            if (best > 0) {
                int before = (int) entries[best - 1];
                entries[best - 1] = entry(pairs.merged(before, token), before);
            }
        }
        for (int i = 0; i <= last; i++) {
            tokens[i] = (int) entries[i];
        }
        return last + 1;
    }

    private static long entry(int merged, int token) {
        return (long) merged << Integer.SIZE | token;
    }

    private int mergeLong(byte[] bytes, int start, int count) {
        ensureRoom(count);
        heapSize = 0;
        for (int i = 0; i < count; i++) {
            tokens[i] = bytes[start + i] & 0xFF;
            following[i] = i + 1;
            preceding[i] = i - 1;
        }
        for (int i = 0; i < count; i++) {
            offer(i, count);
        }
        while (heapSize > 0) {
            long best = poll();
            int position = (int) best;
            int token = (int) (best >>> Integer.SIZE);
            if (merged[position] != token) {
                continue;
            }
            int absorbed = following[position];
            int next = following[absorbed];
            tokens[position] = token;
            merged[absorbed] = PairTable.NO_MERGE;
            following[position] = next;
            if (next < count) {
                preceding[next] = position;
            }
            offer(position, count);
            if (preceding[position] >= 0) {
                offer(preceding[position], count);
            }
        }
        int remaining = 0;
        for (int i = 0; i < count; i = following[i]) {
            tokens[remaining++] = tokens[i];
        }
        return remaining;
    }

    private void offer(int position, int count) {
        int next = following[position];
        merged[position] = next < count ? pairs.merged(tokens[position], tokens[next]) : PairTable.NO_MERGE;
        if (merged[position] != PairTable.NO_MERGE) {
            push((long) merged[position] << Integer.SIZE | position);
        }
    }

    private void push(long entry) {
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, (int) Math.min(2L * heapSize, Integer.MAX_VALUE - Long.BYTES));
        }
        int at = heapSize++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (heap[parent] <= entry) {
                break;
            }
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = entry;
    }

    private long poll() {
        long top = heap[0];
        long last = heap[--heapSize];
        int at = 0;
        while (2 * at + 1 < heapSize) {
            int child = 2 * at + 1;
            if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                child++;
            }
            if (last <= heap[child]) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return top;
    }

    private void ensureRoom(int count) {
        boolean tooLarge = following.length > LARGEST_KEPT_PIECE && count <= LARGEST_KEPT_PIECE;
        if (following.length < count || tooLarge) {
            tokens = new int[count];
            merged = new int[count];
            following = new int[count];
            preceding = new int[count];
        }
        if (tooLarge) {
            heap = new long[LONG_PIECE];
        }
    }
}
