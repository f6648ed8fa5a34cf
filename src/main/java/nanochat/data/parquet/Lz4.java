package nanochat.data.parquet;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Unpacks LZ4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md): literals, each run of them followed by a copy of bytes that were
/// unpacked before.
final class Lz4 {
    private static final int SHORTEST_MATCH = 4;

    private final byte[] in;
    private final int inEnd;
    private final byte[] out;
    private int read;
    private int written;

    private Lz4(byte[] in, int from, int length, byte[] out, int written) {
        this.in = in;
        inEnd = from + length;
        read = from;
        this.out = out;
        this.written = written;
    }

    /// Parquet's LZ4_RAW: one block.
    ///
    /// @param size of what was packed
    /// @throws IOException when it is damaged
    static byte[] block(byte[] packed, int size) throws IOException {
        byte[] out = new byte[size];
        if (new Lz4(packed, 0, packed.length, out, 0).unpack() != size) {
            throw damaged();
        }
        return out;
    }

    /// Parquet's older LZ4: blocks as Hadoop frames them, a length of all content, then blocks with the length of each, big-endian. Some
    /// writers left the frame out, so what does not read as one is taken for a single block, as Arrow does.
    static byte[] hadoop(byte[] packed, int size) throws IOException {
        try {
            return framed(packed, size);
        } catch (IOException notFramed) {
            return block(packed, size);
        }
    }

    private static byte[] framed(byte[] packed, int size) throws IOException {
        byte[] out = new byte[size];
        ByteBuffer frame = ByteBuffer.wrap(packed);
        int written = 0;
        while (written < size) {
            int end = written + length(frame, size - written);
            while (written < end) {
                int length = length(frame, frame.remaining() - Integer.BYTES);
                written = new Lz4(packed, frame.position(), length, out, written).unpack();
                frame.position(frame.position() + length);
            }
            if (written != end) {
                throw damaged();
            }
        }
        return out;
    }

    private static int length(ByteBuffer frame, int most) throws IOException {
        if (frame.remaining() < Integer.BYTES) {
            throw damaged();
        }
        int length = frame.getInt();
        if (length < 1 || length > most) {
            throw damaged();
        }
        return length;
    }

    /// Returns how far `out` is filled then.
    private int unpack() throws IOException {
        while (read < inEnd) {
            int token = in[read++] & 0xFF;
            int literals = length(token >> 4);
            check(literals <= inEnd - read && literals <= out.length - written);
            System.arraycopy(in, read, out, written, literals);
            read += literals;
            written += literals;
            if (read == inEnd) {
                break; // the last sequence has no copy
            }
            check(inEnd - read >= 2);
            int distance = in[read] & 0xFF | (in[read + 1] & 0xFF) << 8;
            read += 2;
            int matched = length(token & 15) + SHORTEST_MATCH;
            check(distance > 0 && distance <= written && matched <= out.length - written);
            for (int end = written + matched; written < end; written++) { // may overlap: byte by byte
                out[written] = out[written - distance];
            }
        }
        return written;
    }

    /// A length of 15 or more goes on in the bytes that follow, up to one below 255.
    private int length(int nibble) throws IOException {
        int length = nibble;
        if (nibble == 15) {
            int more;
            do {
                check(read < inEnd && length < out.length + 15);
                more = in[read++] & 0xFF;
                length += more;
            } while (more == 255);
        }
        return length;
    }

    private static void check(boolean sound) throws IOException {
        if (!sound) {
            throw damaged();
        }
    }

    private static IOException damaged() {
        return new IOException("a page is damaged: its LZ4 content does not fit together");
    }
}
