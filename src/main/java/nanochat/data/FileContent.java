package nanochat.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import nanochat.io.BadInputException;
import nanochat.io.Compression;

/// The bytes of a file by their offset, unpacked where it is compressed. Not a memory map: a file cut short while it is read is then an error
/// message, not a crash.
sealed interface FileContent extends AutoCloseable {
    static FileContent open(Path file) {
        try {
            Compression compression = Compression.of(file);
            return compression == Compression.NONE ? new Plain(file) : new Packed(file, compression);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static BadInputException unreadable(Path path, Exception e) {
        return new BadInputException("Cannot read " + path + ": " + e, e);
    }

    /// Reads at least one and at most `count` bytes from `offset` on; -1 at the end.
    ///
    /// @throws DamageException when what is compressed cannot be unpacked any further
    /// @throws BadInputException when the file itself can no longer be read
    int read(long offset, byte[] into, int at, int count) throws DamageException;

    @Override
    void close();

    /// A file as it is: any place of it costs the same.
    final class Plain implements FileContent {
        private final Path path;
        private final FileChannel channel;
        private final long size;

        private Plain(Path path) throws IOException {
            this.path = path;
            channel = FileChannel.open(path, StandardOpenOption.READ);
            size = channel.size();
        }

        @Override
        public int read(long offset, byte[] into, int at, int count) {
            if (offset >= size) {
                return -1;
            }
            try {
                int read = channel.read(ByteBuffer.wrap(into, at, (int) Math.min(count, size - offset)), offset);
                if (read < 0) {
                    throw new BadInputException(path + " became shorter while it was read: " + size + " bytes before, now "
                            + channel.size());
                }
                return read;
            } catch (IOException e) {
                throw unreadable(path, e);
            }
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

    /// A compressed file: offsets are those of its content, going back unpacks it again from the start.
    final class Packed implements FileContent {
        private final Path path;
        private final Compression compression;
        private InputStream content;
        private long position;

        private Packed(Path path, Compression compression) throws IOException {
            this.path = path;
            this.compression = compression;
            content = compression.open(path);
        }

        @Override
        public int read(long offset, byte[] into, int at, int count) throws DamageException {
            try {
                if (offset < position) {
                    content.close();
                    content = compression.open(path);
                    position = 0;
                }
                content.skipNBytes(offset - position);
                position = offset;
                int read = content.read(into, at, count);
                position += Math.max(read, 0);
                return read;
            } catch (IOException e) {
                // the stream may be anywhere now: the next read starts over
                position = Long.MAX_VALUE;
                String place = path + " after " + offset + " bytes of unpacked content ";
                throw new DamageException(place + (e instanceof EOFException
                        ? "ends in the middle"
                        : "cannot be unpacked any further: " + e.getMessage())
                        + ". The file is cut short or damaged: download or write it again.", new DamageException.Extent.RestOfFile(), e);
            }
        }

        @Override
        public void close() {
            try {
                content.close();
            } catch (IOException e) {
                throw unreadable(path, e);
            }
        }
    }
}
