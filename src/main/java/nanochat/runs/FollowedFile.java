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
        ///
        /// @param offset of the line in the file
        void line(byte[] buffer, int from, int to, long offset);

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

    /// Whole lines that were told, to be told once more: by any thread, while this one reads on.
    ///
    /// @param to behind the last of them
    record Section(Path path, Object identity, byte[] head, long from, long to) {
        private static final int PIECE = 1 << 20;

        long bytes() {
            return to - from;
        }

        /// Tells them. Returns whether it is still the file that they were in.
        boolean tell(Lines lines) throws IOException {
            FollowedFile again = new FollowedFile(path);
            again.offset = from;
            again.head = head;
            again.identity = Optional.of(identity);
            again.size = from;
            Restarts watched = new Restarts(lines);
            while (again.offset < to && !watched.restarted) {
                long before = again.offset;
                again.read((int) Math.min(PIECE, to - before), watched);
                if (again.offset == before) {
                    return false; // gone
                }
            }
            return !watched.restarted;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Section section && path.equals(section.path) && identity.equals(section.identity)
                    && from == section.from
                    && to == section.to && Arrays.equals(head, section.head);
        }

        @Override
        public int hashCode() {
            return path.hashCode() + Long.hashCode(from);
        }

        @Override
        public String toString() {
            return path + " from " + from + " to " + to;
        }
    }

    /// Notices when a file is another one.
    private static final class Restarts implements Lines {
        private final Lines lines;
        private boolean restarted;

        Restarts(Lines lines) {
            this.lines = lines;
        }

        @Override
        public void restarted() {
            restarted = true;
        }

        @Override
        public void line(byte[] buffer, int from, int to, long offset) {
            if (!restarted) {
                lines.line(buffer, from, to, offset);
            }
        }

        @Override
        public void passedOver() {
            lines.passedOver();
        }
    }

    /// The lines between two places; `to` at most the end of what was told.
    Section section(long from, long to) {
        return new Section(path, identity.orElseThrow(), head.clone(), from, to);
    }

    /// Where the lines end that were told.
    long told() {
        return offset - rest.length;
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
                    lines.line(all, begin, i, offset - all.length + begin);
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
