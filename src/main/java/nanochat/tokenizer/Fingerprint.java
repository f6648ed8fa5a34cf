package nanochat.tokenizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// 64 bits that stand for a range of bytes: the bytes themselves (low byte first, zeros above) up to a length of eight, a hash of them
/// beyond. Two ranges of the same length, at most [#EXACT_LENGTH], are equal if and only if their fingerprints are.
final class Fingerprint {
    static final int EXACT_LENGTH = Long.BYTES;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /// 2^64 divided by the golden ratio, made odd: multiplying by it spreads nearby values (Knuth, volume 3, section 6.4).
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Fingerprint() {
    }

    /// The fingerprint of `bytes[start..end)`, which must not be empty; `bytes` must go on for eight bytes after `end`.
    static long of(byte[] bytes, int start, int end) {
        int at = start;
        long hash = 0;
        while (end - at > Long.BYTES) {
            hash = (hash ^ (long) LONG.get(bytes, at)) * GOLDEN;
            hash ^= hash >>> 32;
            at += Long.BYTES;
        }
        long rest = (long) LONG.get(bytes, at) & -1L >>> ((Long.BYTES - (end - at)) * Byte.SIZE);
        return hash == 0 ? rest : (hash ^ rest) * GOLDEN;
    }

    /// The slot of a hash table of `1 << bits` slots at which to look first for a key.
    static int slot(long key, int bits) {
        return (int) (((key ^ key >>> 32) * GOLDEN) >>> (Long.SIZE - bits));
    }
}
