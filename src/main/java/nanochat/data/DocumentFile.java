package nanochat.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;
import nanochat.io.BadInputException;
import nanochat.io.Compression;
import nanochat.io.GitLfsPointer;

/// A file of documents under the name by which it was given, which for a link may be quite another than its target's. The name tells its
/// kind; where it does not, the target's does.
///
/// @param path in a real folder
/// @param target the file itself
record DocumentFile(Path path, Path target, FileFormat format) {
    private static final int BEGINNING_BYTES = 8192;
    private static final int CONTENT_BLOCK = 1 << 16;
    private static final int CONTENT_BLOCKS = 64;

    /// @return nothing where neither name tells a kind
    static Optional<DocumentFile> of(Path file) throws IOException {
        Path target = file.toRealPath();
        Path path = file.resolveSibling("").toRealPath().resolve(file.getFileName());
        return FileFormat.of(file).or(() -> FileFormat.of(target)).map(format -> new DocumentFile(path, target, format));
    }

    boolean isEmpty() throws IOException {
        return Files.size(target) == 0;
    }

    /// Says at once, and not only when its first document is trained on, that there is nothing to read.
    ///
    /// @throws BadInputException when it cannot be read, or what is there is not what the name says
    void check() throws IOException {
        if (!Files.isReadable(target)) {
            throw new BadInputException("Cannot read " + path + ": no permission");
        }
        GitLfsPointer.check(path);
        if (format != FileFormat.PARQUET) {
            checkBeginning();
        }
    }

    private void checkBeginning() throws IOException {
        Compression compression = Compression.of(target);
        byte[] beginning;
        try (InputStream in = compression.open(target)) {
            beginning = in.readNBytes(BEGINNING_BYTES);
        } catch (IOException e) {
            if (compression == Compression.NONE) {
                throw e;
            }
            // what is wrong in it is found when it is read, with the place and what to do about it
            return;
        }
        for (int i = 0; i < beginning.length; i++) {
            if (beginning[i] == 0) {
                throw new BadInputException(path + " is not a text file: byte " + i + " is NUL. Give UTF-8 text.");
            }
        }
    }

    DocumentCursor open(DocumentOptions options) throws DamageException {
        return format.open(path, options);
    }

    /// What tells it from others of its name and size: the checksum of its bytes; of a large file, of blocks spread over it; of a large Parquet
    /// file, of its beginning and its end, where it says what lies between.
    String content() {
        CRC32 checksum = new CRC32();
        try (FileChannel channel = FileChannel.open(target, StandardOpenOption.READ)) {
            long size = channel.size();
            int blocks = size <= (long) CONTENT_BLOCKS * CONTENT_BLOCK
                    ? (int) Math.ceilDiv(size, CONTENT_BLOCK)
                    : format == FileFormat.PARQUET ? 2 : CONTENT_BLOCKS;
            ByteBuffer block = ByteBuffer.allocate(CONTENT_BLOCK);
            for (int i = 0; i < blocks; i++) {
                long at = blocks == 1 ? 0 : (long) ((double) i / (blocks - 1) * Math.max(0, size - CONTENT_BLOCK));
                block.clear();
                while (block.hasRemaining() && channel.read(block, at + block.position()) >= 0) {
                    // until the block is full or the file ends
                }
                checksum.update(block.flip());
            }
        } catch (IOException e) {
            throw FileContent.unreadable(path, e);
        }
        return String.format(Locale.ROOT, "%08x", checksum.getValue());
    }

    String name() {
        return path.getFileName().toString();
    }
}
