package nanochat.eval;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Python's `random.Random(seed)`: the same numbers, and above all the same choices, in the same order. Few-shot examples chosen otherwise would give
/// figures that cannot be compared with the published ones.
///
/// The generator is the Mersenne Twister MT19937 (Matsumoto, Nishimura 1998), seeded by an array; how draws become choices is CPython's
/// (Lib/random.py, unchanged since 3.2).
final class PythonRandom {
    private static final int SIZE = 624;
    private static final int SHIFT = 397;
    private static final int UPPER_BIT = 0x80000000;
    private static final int LOWER_BITS = 0x7fffffff;
    private static final int TWIST = 0x9908b0df;

    private final int[] state = new int[SIZE];
    private int next = SIZE;

    PythonRandom(long seed) {
        long magnitude = Math.abs(seed);
        int low = (int) magnitude;
        int high = (int) (magnitude >>> 32);
        seed(high == 0 ? new int[]{low} : new int[]{low, high});
    }

    private void seed(int[] key) {
        state[0] = 19650218;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1812433253 * mixed(i - 1) + i;
        }
        int i = 1;
        for (int k = 0; k < SIZE; k++) { // the key is shorter than the state
            state[i] = (state[i] ^ (mixed(i - 1) * 1664525)) + key[k % key.length] + k % key.length;
            i = following(i);
        }
        for (int k = 1; k < SIZE; k++) {
            state[i] = (state[i] ^ (mixed(i - 1) * 1566083941)) - i;
            i = following(i);
        }
        state[0] = UPPER_BIT;
    }

    private int mixed(int i) {
        return state[i] ^ (state[i] >>> 30);
    }

    /// Round and round over all places but the first, which takes over the last one's value on the way.
    private int following(int i) {
        if (i + 1 < SIZE) {
            return i + 1;
        }
        state[0] = state[SIZE - 1];
        return 1;
    }

    private int next32() {
        if (next == SIZE) {
            renew();
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void renew() {
        for (int i = 0; i < SIZE; i++) {
            int y = (state[i] & UPPER_BIT) | (state[(i + 1) % SIZE] & LOWER_BITS);
            state[i] = state[(i + SHIFT) % SIZE] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : TWIST);
        }
        next = 0;
    }

    /// `random()`: from 0 to before 1, in steps of 2^-53.
    double random() {
        long high = bits(27);
        long low = bits(26);
        return (high * (1L << 26) + low) * 0x1p-53;
    }

    /// `getrandbits(count)`, for 0 to 32 bits; 32 of them may be negative as an `int`.
    int bits(int count) {
        return count == 0 ? 0 : next32() >>> (32 - count);
    }

    /// `_randbelow(limit)`: from 0 to before `limit`, which is positive.
    private int below(int limit) {
        int count = Integer.SIZE - Integer.numberOfLeadingZeros(limit);
        int draw = bits(count);
        while (draw >= limit) {
            draw = bits(count);
        }
        return draw;
    }

    /// `shuffle(list)`.
    void shuffle(List<?> list) {
        for (int i = list.size() - 1; i > 0; i--) {
            Collections.swap(list, i, below(i + 1));
        }
    }

    /// `sample(range(size), count)`: `count` different numbers below `size`, in the order in which they were drawn. Of another population the indices.
    ///
    /// @throws IllegalArgumentException when there are not so many
    int[] sample(int size, int count) {
        if (count < 0 || count > size) {
            throw new IllegalArgumentException("cannot choose " + count + " of " + size);
        }
        return size <= largestPool(count) ? sampleFromPool(size, count) : sampleFromAll(size, count);
    }

    /// Up to which size Python copies the population: as long as that takes less memory than a set of the chosen ones.
    private static long largestPool(int count) {
        if (count <= 5) {
            return 21;
        }
        long tableSize = 1;
        while (tableSize < 3L * count) {
            tableSize *= 4;
        }
        return 21 + tableSize;
    }

    /// Each draw is from what is left; the last one of it takes the place of the chosen one.
    private int[] sampleFromPool(int size, int count) {
        int[] pool = new int[size];
        Arrays.setAll(pool, i -> i);
        int[] chosen = new int[count];
        for (int i = 0; i < count; i++) {
            int draw = below(size - i);
            chosen[i] = pool[draw];
            pool[draw] = pool[size - i - 1];
        }
        return chosen;
    }

    /// Each draw is from all, again and again until it is a new one.
    private int[] sampleFromAll(int size, int count) {
        Set<Integer> taken = new HashSet<>();
        int[] chosen = new int[count];
        for (int i = 0; i < count; i++) {
            do {
                chosen[i] = below(size);
            } while (!taken.add(chosen[i]));
        }
        return chosen;
    }
}
