package nanochat.tokenizer;

import java.util.Arrays;

/// Every pair of adjacent tokens that occurs: how often (pieces counted with their multiplicity), and where. A pair keeps its number; the most
/// frequent one comes out of a heap.
///
/// The heap is lazy: counts only fall after a pair is added, so an entry that comes out too high goes back in with the count it has now.
final class PairCounts {
    static final int ABSENT = -1;

    private int bits = 16;
    /// Per slot the number of a pair plus one, 0 where the slot is empty.
    private int[] slots = new int[1 << bits];
    private int size;
    private long[] pairs = new long[1 << 15];
    private long[] counts = new long[1 << 15];
    private int[] positionStarts = new int[1 << 15];
    private int[] positionCounts = new int[1 << 15];

    /// A binary heap of pair numbers, the next pair to merge first, each with the count it was put in with.
    private int[] heap = new int[1 << 15];
    private long[] heapCounts = new long[1 << 15];
    private int heapSize;

    /// Adds a pair that is not there yet and occurs `count` times; its positions are at `positionStart` of the caller's array.
    void add(int left, int right, long count, int positionStart, int positionCount) {
        if (size == pairs.length) {
            int room = size + (size >> 1);
            pairs = Arrays.copyOf(pairs, room);
            counts = Arrays.copyOf(counts, room);
            positionStarts = Arrays.copyOf(positionStarts, room);
            positionCounts = Arrays.copyOf(positionCounts, room);
        }
        int pair = size++;
        pairs[pair] = key(left, right);
        counts[pair] = count;
        positionStarts[pair] = positionStart;
        positionCounts[pair] = positionCount;
        if (size > slots.length / 2) {
            rehash();
        } else {
            insert(pair);
        }
        push(pair);
    }

    /// The number of a pair, or [#ABSENT].
    int find(int left, int right) {
        long key = key(left, right);
        int slot = Fingerprint.slot(key, bits);
        while (slots[slot] != 0) {
            if (pairs[slots[slot] - 1] == key) {
                return slots[slot] - 1;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return ABSENT;
    }

    void subtract(int pair, long count) {
        counts[pair] -= count;
    }

    int left(int pair) {
        return (int) (pairs[pair] >>> Integer.SIZE);
    }

    int right(int pair) {
        return (int) pairs[pair];
    }

    long count(int pair) {
        return counts[pair];
    }

    int positionStart(int pair) {
        return positionStarts[pair];
    }

    int positionCount(int pair) {
        return positionCounts[pair];
    }

    /// Removes and returns the pair with the highest count, of several the smallest; [#ABSENT] when none occurs any more.
    int removeMostFrequent() {
        while (heapSize > 0) {
            int pair = heap[0];
            long current = counts[pair];
            if (heapCounts[0] == current && current > 0) {
                replaceTop();
                return pair;
            }
            if (current > 0) {
                siftDown(pair, current);
            } else {
                replaceTop();
            }
        }
        return ABSENT;
    }

    private static long key(int left, int right) {
        return (long) left << Integer.SIZE | right;
    }

    private void insert(int pair) {
        int slot = Fingerprint.slot(pairs[pair], bits);
        while (slots[slot] != 0) {
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = pair + 1;
    }

    private void rehash() {
        bits++;
        slots = new int[1 << bits];
        for (int pair = 0; pair < size; pair++) {
            insert(pair);
        }
    }

    private boolean before(int pair, long count, int otherPair, long otherCount) {
        return count > otherCount || (count == otherCount && pairs[pair] < pairs[otherPair]);
    }

    private void push(int pair) {
        if (heapSize == heap.length) {
            int room = heapSize + (heapSize >> 1);
            heap = Arrays.copyOf(heap, room);
            heapCounts = Arrays.copyOf(heapCounts, room);
        }
        long count = counts[pair];
        int at = heapSize++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (!before(pair, count, heap[parent], heapCounts[parent])) {
                break;
            }
            heap[at] = heap[parent];
            heapCounts[at] = heapCounts[parent];
            at = parent;
        }
        heap[at] = pair;
        heapCounts[at] = count;
    }

    private void replaceTop() {
        heapSize--;
        if (heapSize > 0) {
            siftDown(heap[heapSize], heapCounts[heapSize]);
        }
    }

    /// Puts an entry in the place of the top one.
    private void siftDown(int pair, long count) {
        int at = 0;
        while (2 * at + 1 < heapSize) {
            int child = 2 * at + 1;
            if (child + 1 < heapSize && before(heap[child + 1], heapCounts[child + 1], heap[child], heapCounts[child])) {
                child++;
            }
            if (!before(heap[child], heapCounts[child], pair, count)) {
                break;
            }
            heap[at] = heap[child];
            heapCounts[at] = heapCounts[child];
            at = child;
        }
        heap[at] = pair;
        heapCounts[at] = count;
    }
}
