package nanochat.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import nanochat.io.BadInputException;

/// A part of a file of any size, in memory. Not a memory map: a file cut short while it is read is then an error message, not a crash.
final class FileWindow implements AutoCloseable {
    private static final int USUAL = 1 << 18;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private byte[] bytes = new byte[USUAL];
    private long start;
    private int length;

    FileWindow(Path path) {
        this.path = path;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            size = channel.size();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    static BadInputException unreadable(Path path, Exception e) {
        return new BadInputException("Cannot read " + path + ": " + e, e);
    }

    /// Has the bytes from `offset` on in the window, `count` of them or all that the file has left; returns how many that are.
    int load(long offset, int count) {
        int present = (int) Math.min(count, size - offset);
        if (offset < start || offset + present > start + length) {
            if (bytes.length < present) {
                bytes = new byte[present];
            }
            start = offset;
            length = 0;
            fill((int) Math.min(bytes.length, size - offset));
        }
        return present;
    }

    private void fill(int count) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, start + buffer.position()) < 0) {
                    throw new BadInputException(path + " became shorter while it was read: " + size + " bytes before, now "
                            + channel.size());
                }
            }
        } catch (IOException e) {
            throw unreadable(path, e);
        }
        length = count;
    }

    /// Where the text starts: after the byte order mark that some editors write.
    long textStart() {
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
    /// @throws BadInputException at a NUL or at what is not UTF-8, with its offset in the file
    String text(long offset, int count) {
        int from = (int) (offset - start);
        String text = new String(bytes, from, count, StandardCharsets.UTF_8);
        if (text.indexOf('\0') >= 0) {
            throw new BadInputException(path + " is not a text file: byte " + find((byte) 0, offset, count)
                    + " is NUL. Give UTF-8 text.");
        }
        // The constructor above is fast but replaces what is not UTF-8 by U+FFFD: where one shows up, look whether it was really there.
        if (text.indexOf('\uFFFD') >= 0) {
            checkUtf8(offset, from, count);
        }
        return text;
    }

    private void checkUtf8(long offset, int from, int count) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, from, count);
        CoderResult result = decoder.decode(in, CharBuffer.allocate(count), true);
        if (result.isError()) {
            long wrong = offset + in.position() - from;
            throw new BadInputException(path + " is not UTF-8 text: byte " + wrong + " (0x%02x) cannot stand there. ".formatted(at(wrong))
                    + "Convert the file to UTF-8.");
        }
    }

    /// How many times `wanted` occurs before `offset`. Reads the file from its start.
    long count(byte wanted, long offset) {
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

    long size() {
        return size;
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }
}
