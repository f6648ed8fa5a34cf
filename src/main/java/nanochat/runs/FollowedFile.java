package nanochat.runs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Optional;

/// A file of lines that grows: each reading goes on where the last one ended, and tells whole lines only. A file that was cut short, or that took the
/// place of another, is read from its beginning.
final class FollowedFile {
    /// Longer lines are no metrics; they are passed over.
    static final int LONGEST_LINE = 8 << 20;
    /// By so many bytes at its beginning a file is known again that kept its number in the file system.
    private static final int HEAD = 128;

    private Path path;
    private Optional<Object> identity = Optional.empty();
    private byte[] head = {};
    private long offset;
    private long size;
    private byte[] rest = {};
    private boolean passingOver;

    /// Hears what is in the file.
    interface Lines {
        /// What was heard so far is of another file.
        void restarted();

        /// One line, without its end: the bytes of `buffer` from `from` to before `to`.
        void line(byte[] buffer, int from, int to);

        /// A line that is too long.
        void passedOver();
    }

    FollowedFile(Path path) {
        this.path = path;
    }

    /// The file has another name now.
    void movedTo(Path now) {
        path = now;
    }

    /// The share of the file that was read; 0 where nobody has looked yet.
    double share() {
        return size > 0 ? Math.min(1, (double) offset / size) : identity.isPresent() ? 1 : 0;
    }

    /// Reads at most `most` bytes of what is new.
    ///
    /// @return whether there is more to read now; a file that is gone has nothing new
    boolean read(int most, Lines lines) throws IOException {
        try (SeekableByteChannel in = Files.newByteChannel(path)) {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            size = in.size();
            if (isAnother(attributes, in)) {
                offset = 0;
                rest = new byte[0];
                passingOver = false;
                head = new byte[0];
                lines.restarted();
            }
            identity = Optional.of(key(attributes));
            if (head.length < HEAD && size > head.length) {
                head = read(in, 0, HEAD);
            }
            byte[] more = read(in, offset, most);
            offset += more.length;
            take(more, lines);
            return offset < size && more.length > 0;
        } catch (NoSuchFileException gone) {
            return false;
        }
    }

    private boolean isAnother(BasicFileAttributes attributes, SeekableByteChannel in) throws IOException {
        if (identity.isPresent() && !identity.get().equals(key(attributes))) {
            return true;
        }
        return size < offset || !Arrays.equals(head, read(in, 0, head.length));
    }

    /// Where a file system numbers no files, by the time of its making.
    private static Object key(BasicFileAttributes attributes) {
        return Optional.ofNullable(attributes.fileKey()).orElseGet(attributes::creationTime);
    }

    private static byte[] read(SeekableByteChannel in, long position, int most) throws IOException {
        in.position(position);
        ByteBuffer buffer = ByteBuffer.allocate(Math.clamp(in.size() - position, 0, most));
        while (buffer.hasRemaining() && in.read(buffer) >= 0) {
            // a file system may give less than was asked for
        }
        return buffer.position() == buffer.capacity() ? buffer.array() : Arrays.copyOf(buffer.array(), buffer.position());
    }

    private void take(byte[] more, Lines lines) {
        byte[] all = more;
        if (rest.length > 0) {
            all = Arrays.copyOf(rest, rest.length + more.length);
            System.arraycopy(more, 0, all, rest.length, more.length);
        }
        int begin = 0;
        for (int i = rest.length; i < all.length; i++) {
            if (all[i] == '\n') {
                if (passingOver) {
                    passingOver = false;
                } else if (i > begin) {
                    lines.line(all, begin, i);
                }
                begin = i + 1;
            }
        }
        rest = Arrays.copyOfRange(all, begin, all.length);
        if (rest.length > LONGEST_LINE || passingOver) {
            if (!passingOver) {
                lines.passedOver();
            }
            passingOver = true;
            rest = new byte[0];
        }
    }
}
