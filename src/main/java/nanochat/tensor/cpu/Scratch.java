package nanochat.tensor.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The scratch memory of one worker: numbered pieces that grow to the largest size asked for and are then reused.
final class Scratch implements AutoCloseable {
    private static final int ALIGNMENT = 64;

    private Arena[] arenas = new Arena[0];
    private MemorySegment[] pieces = new MemorySegment[0];

    /// Piece number `piece`, at least `bytes` large; its content is whatever was left there.
    MemorySegment bytes(int piece, long bytes) {
        if (piece >= pieces.length) {
            int old = pieces.length;
            pieces = Arrays.copyOf(pieces, piece + 1);
            arenas = Arrays.copyOf(arenas, piece + 1);
            for (int i = old; i <= piece; i++) {
                arenas[i] = Arena.ofShared();
                pieces[i] = MemorySegment.NULL;
            }
        }
        if (pieces[piece].byteSize() < bytes) {
            arenas[piece].close();
            arenas[piece] = Arena.ofShared();
            pieces[piece] = LargePages.allocate(arenas[piece], Math.max(bytes, ALIGNMENT), ALIGNMENT);
        }
        return pieces[piece];
    }

    /// Piece number `piece` as `count` f32.
    MemorySegment floats(int piece, long count) {
        return bytes(piece, count * Float.BYTES);
    }

    long allocatedBytes() {
        return Arrays.stream(pieces).mapToLong(MemorySegment::byteSize).sum();
    }

    @Override
    public void close() {
        for (Arena arena : arenas) {
            arena.close();
        }
    }
}
