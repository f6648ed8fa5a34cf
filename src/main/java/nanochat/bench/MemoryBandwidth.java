package nanochat.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// How fast main memory is read: threads add up disjoint parts of a block much larger than the caches.
final class MemoryBandwidth {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final long BLOCK_BYTES = 512L << 20;
    private static final long PIECE_BYTES = 1L << 14;
    private static final int STREAMS = 4;
    private static final int ROUNDS = 8;

    private MemoryBandwidth() {
    }

    /// Bytes a second that `threads` threads read together, the best of several rounds.
    static double read(int threads) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment block = arena.allocate(BLOCK_BYTES, 64).fill((byte) 1);
            long part = BLOCK_BYTES / threads / (STREAMS * PIECE_BYTES) * (STREAMS * PIECE_BYTES);
            double best = 0;
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                IntStream.range(0, threads).mapToObj(
                        thread -> Thread.ofPlatform().start(() -> sink(sumOf(block.address() + thread * part, part)))).toList()
                        .forEach(MemoryBandwidth::join);
                best = Math.max(best, (double) part * threads / (System.nanoTime() - start) * 1e9);
            }
            return best;
        }
    }

    /// Four streams, each from one end of its quarter to the other: the processor fetches ahead in each of them, and a stream that breaks off
    /// loses what was fetched.
    private static float sumOf(long address, long bytes) {
        float sum = 0;
        for (long piece = 0; piece < bytes / STREAMS; piece += PIECE_BYTES) {
            sum += sumOfPieces(address + piece, bytes / STREAMS);
        }
        return sum;
    }

    /// A piece of each stream: small, so that the compiler gets hold of the loop soon.
    private static float sumOfPieces(long address, long streamBytes) {
        int step = LANES.vectorByteSize();
        FloatVector a = FloatVector.zero(LANES);
        FloatVector b = FloatVector.zero(LANES);
        FloatVector c = FloatVector.zero(LANES);
        FloatVector d = FloatVector.zero(LANES);
        for (long i = address; i < address + PIECE_BYTES; i += step) {
            a = a.add(load(i));
            b = b.add(load(i + streamBytes));
            c = c.add(load(i + 2 * streamBytes));
            d = d.add(load(i + 3 * streamBytes));
        }
        return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(LANES, MEMORY, address, ByteOrder.nativeOrder());
    }

    /// Keeps the compiler from leaving the work out.
    private static void sink(float value) {
        if (Float.isNaN(value)) {
            throw new IllegalStateException("the block was not filled with numbers");
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        }
    }
}
