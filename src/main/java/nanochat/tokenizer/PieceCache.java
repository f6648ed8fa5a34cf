package nanochat.tokenizer;

import java.util.Arrays;

/// Remembers what some recently met pieces were merged into, because rare words come back within a text. A fixed number of places, each
/// overwritten by the next piece that falls on it: 0.6 MiB, whatever is encoded. For one thread.
final class PieceCache {
    private static final int BITS = 13;
    private static final int LONGEST_PIECE = 32;
    private static final int MOST_TOKENS = 8;

    private final long[] fingerprints = new long[1 << BITS];
    /// The length of the piece in each place, 0 in an empty one.
    private final byte[] lengths = new byte[1 << BITS];
    private final byte[] pieces = new byte[LONGEST_PIECE << BITS];
    private final byte[] counts = new byte[1 << BITS];
    private final int[] tokens = new int[MOST_TOKENS << BITS];

    /// Hands the tokens of `bytes[start..end)` to `sink` if they are remembered.
    boolean emit(byte[] bytes, int start, int end, long fingerprint, TokenSink sink) {
        int length = end - start;
        int place = Fingerprint.slot(fingerprint + length, BITS);
        if (fingerprints[place] != fingerprint || lengths[place] != length) {
            return false;
        }
        int piece = place * LONGEST_PIECE;
        if (length > Fingerprint.EXACT_LENGTH && !Arrays.equals(pieces, piece, piece + length, bytes, start, end)) {
            return false;
        }
        int first = place * MOST_TOKENS;
        for (int i = first; i < first + counts[place]; i++) {
            sink.accept(tokens[i]);
        }
        return true;
    }

    /// Remembers the result of `merger`, unless the piece is long.
    void put(byte[] bytes, int start, int end, long fingerprint, PieceMerger merger, int count) {
        int length = end - start;
        if (length > LONGEST_PIECE || count > MOST_TOKENS) {
            return;
        }
        int place = Fingerprint.slot(fingerprint + length, BITS);
        fingerprints[place] = fingerprint;
        lengths[place] = (byte) length;
        System.arraycopy(bytes, start, pieces, place * LONGEST_PIECE, length);
        counts[place] = (byte) count;
        for (int i = 0; i < count; i++) {
            tokens[place * MOST_TOKENS + i] = merger.token(i);
        }
    }
}
