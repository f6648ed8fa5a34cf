package nanochat.data;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/// A part of the content of a file of any size, in memory. Offsets are those of the content, see [FileContent].
final class FileWindow implements AutoCloseable {
    private static final int USUAL = 1 << 18;

    private final Path path;
    private final FileContent content;
    private byte[] bytes = new byte[USUAL];
    private long start;
    private int length;
    /// Where the content ends, once that is known.
    private long end = Long.MAX_VALUE;

    FileWindow(Path path) {
        this.path = path;
        content = FileContent.open(path);
    }

    /// Has the bytes from `offset` on in the window, `count` of them or all that the content has left; returns how many that are.
    int load(long offset, int count) throws DamageException {
        if (offset < start || offset + Math.min(count, end - offset) > start + length) {
            slide(offset, count);
        }
        return Math.clamp(start + length - offset, 0, count);
    }

    /// Moves the window to `offset`, with what it has of the bytes there, and fills it up.
    private void slide(long offset, int count) throws DamageException {
        int kept = offset < start ? 0 : (int) Math.max(start + length - offset, 0);
        byte[] target = bytes.length < count ? new byte[count] : bytes;
        System.arraycopy(bytes, length - kept, target, 0, kept);
        bytes = target;
        start = offset;
        length = kept;
        while (length < bytes.length) {
            int read = content.read(start + length, bytes, length, bytes.length - length);
            if (read < 0) {
                end = start + length;
                return;
            }
            length += read;
        }
    }

    /// Where the text starts: after the byte order mark that some editors write.
    long textStart() throws DamageException {
        return load(0, 3) == 3 && at(0) == (byte) 0xEF && at(1) == (byte) 0xBB && at(2) == (byte) 0xBF ? 3 : 0;
    }

    /// The byte at an offset that is in the window.
    byte at(long offset) {
        return bytes[(int) (offset - start)];
    }

    /// The offset of the first `wanted` in `count` bytes of the window, or -1.
    long find(byte wanted, long offset, int count) {
        int from = (int) (offset - start);
        for (int i = from; i < from + count; i++) {
            if (bytes[i] == wanted) {
                return start + i;
            }
        }
        return -1;
    }

    /// Decodes bytes of the window.
    ///
    /// @throws DamageException at a NUL or at what is not UTF-8, with its offset in the content, but not the file's name
    String text(long offset, int count) throws DamageException {
        int from = (int) (offset - start);
        String text = new String(bytes, from, count, StandardCharsets.UTF_8);
        if (text.indexOf('\0') >= 0) {
            throw new DamageException("not text: byte " + find((byte) 0, offset, count) + " is NUL. Give UTF-8 text.");
        }
        // The constructor above is fast but replaces what is not UTF-8 by U+FFFD: where one shows up, look whether it was really there.
        if (text.indexOf('\uFFFD') >= 0) {
            checkUtf8(offset, from, count);
        }
        return text;
    }

    private void checkUtf8(long offset, int from, int count) throws DamageException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, from, count);
        CoderResult result = decoder.decode(in, CharBuffer.allocate(count), true);
        if (result.isError()) {
            long wrong = offset + in.position() - from;
            throw new DamageException("not UTF-8: byte " + wrong + String.format(Locale.ROOT, " (0x%02x) cannot stand there. ", at(wrong))
                    + "Convert the file to UTF-8.");
        }
    }

    /// How many times `wanted` occurs before `offset`. Reads the file from its start.
    private long count(byte wanted, long offset) throws DamageException {
        long count = 0;
        for (long at = 0; at < offset; at += USUAL) {
            int present = load(at, (int) Math.min(USUAL, offset - at));
            for (int i = 0; i < present; i++) {
                if (at(at + i) == wanted) {
                    count++;
                }
            }
        }
        return count;
    }

    /// The file and the number of the line that starts at or holds `offset`. Lines are only counted when a message needs it.
    String place(long offset) {
        try {
            return path + " line " + (count((byte) '\n', offset) + 1);
        } catch (DamageException changedMeanwhile) {
            return path + " at byte " + offset;
        }
    }

    @Override
    public void close() {
        content.close();
    }
}
