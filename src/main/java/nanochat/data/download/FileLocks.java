package nanochat.data.download;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32;
import nanochat.io.BadInputException;

/// Which files are being fetched, among all processes that use a folder: each has one byte of a lock file to itself, which the system
/// releases when its process ends, however it ends. Two files that happen to share a byte wait for each other and nothing worse.
///
/// A process must open this once for a folder: closing any channel to a file releases all its locks (POSIX).
final class FileLocks implements AutoCloseable {
    private static final String NAME = ".download.lock";

    private final Path path;
    private final FileChannel channel;

    FileLocks(Path folder) {
        path = folder.resolve(NAME);
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// The lock of `file`, or nothing while someone else has it.
    Optional<FileLock> tryLock(Path file) {
        CRC32 position = new CRC32();
        position.update(file.toString().getBytes(StandardCharsets.UTF_8));
        try {
            return Optional.ofNullable(channel.tryLock(position.getValue(), 1, false));
        } catch (OverlappingFileLockException heldByThisProcess) {
            return Optional.empty();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    void release(FileLock lock) {
        try {
            lock.release();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private BadInputException failed(IOException cause) {
        return new BadInputException("Cannot use the lock file " + path + ": " + cause.getMessage()
                + ". Check the permissions of its folder, and that its file system has locks.", cause);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
