package nanochat.data.download;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;

/// The part of a file that is here already, under a name of its own: `<target>.partial`, and beside it `<target>.partial.json`, which says
/// what it is a part of and how many of its bytes are certainly on the disk. A later run goes on behind those bytes, whether this one was
/// interrupted, killed, or lost its power.
///
/// Whatever the disk refuses is a [BadInputException]: trying again would not help.
final class PartialFile implements AutoCloseable {
    /// What the JSON file holds.
    ///
    /// @param address where the file comes from
    /// @param version of the file there
    /// @param bytes at the beginning of the partial file that are on the disk
    private record State(String address, RemoteVersion version, long bytes) {
        State {
            if (Stream.of(address, version).anyMatch(Objects::isNull) || bytes < 0) {
                throw new IllegalArgumentException("incomplete notes");
            }
        }
    }

    private final Path target;
    private final Path path;
    private final Path statePath;
    private final URI address;
    private final long bytesBetweenSyncs;
    private final FileChannel channel;
    private RemoteVersion version = RemoteVersion.UNKNOWN;
    private long bytes;
    private long syncedBytes;

    /// Opens what an earlier run left, or an empty file.
    ///
    /// @param bytesBetweenSyncs how much of it may be lost when the machine stops
    PartialFile(Path target, URI address, long bytesBetweenSyncs) {
        this.target = target;
        this.address = address;
        this.bytesBetweenSyncs = bytesBetweenSyncs;
        path = target.resolveSibling(target.getFileName() + ".partial");
        statePath = target.resolveSibling(target.getFileName() + ".partial.json");
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw refused(e);
        }
        resume();
    }

    private void resume() {
        Optional<State> saved = savedState().filter(state -> state.address().equals(address.toString()));
        try {
            if (saved.isPresent() && saved.get().bytes() <= channel.size() && saved.get().version().canBeResumed()) {
                version = saved.get().version();
                bytes = saved.get().bytes();
                syncedBytes = bytes;
            }
            channel.truncate(bytes);
            channel.position(bytes);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    private Optional<State> savedState() {
        try {
            return Files.exists(statePath) ? Optional.of(Json.read(statePath, State.class)) : Optional.empty();
        } catch (BadInputException unreadable) { // then nothing is known about the bytes: they are fetched again
            return Optional.empty();
        }
    }

    Path path() {
        return path;
    }

    /// How many bytes are here.
    long bytes() {
        return bytes;
    }

    /// The version they are of.
    RemoteVersion version() {
        return version;
    }

    boolean isComplete() {
        return version.size().isPresent() && version.size().get() == bytes;
    }

    /// Forgets all bytes; those that follow are of `newVersion`.
    void restart(RemoteVersion newVersion) {
        try {
            channel.truncate(0);
            channel.position(0);
        } catch (IOException e) {
            throw refused(e);
        }
        bytes = 0;
        version = newVersion;
        checkRoom();
        saveState();
    }

    /// Notes what is newly known about the version of the bytes that are here.
    void learn(RemoteVersion more) {
        version = version.completedBy(more);
        checkRoom();
    }

    /// It is better to hear at once that a file will not fit.
    private void checkRoom() {
        try {
            long room = Files.getFileStore(path).getUsableSpace();
            long missing = version.size().orElse(0L) - bytes;
            if (missing > room) {
                throw new BadInputException("There is no room for " + target + ": " + missing + " bytes are missing, " + room
                        + " are free. Free some space and run the command again, or move the base folder with "
                        + BaseDirectory.VARIABLE + ".");
            }
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /// Appends the remaining bytes of `buffer`.
    void write(ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining()) {
                bytes += channel.write(buffer);
            }
        } catch (IOException e) {
            throw refused(e);
        }
        if (bytes - syncedBytes >= bytesBetweenSyncs) {
            sync();
        }
    }

    /// The content turned out to end here.
    void complete() {
        version = version.withSize(bytes);
        syncedBytes = -1; // the notes change, even if the bytes do not
        sync();
    }

    /// Forces all bytes to the disk and notes how many they are.
    void sync() {
        if (bytes == syncedBytes) {
            return;
        }
        try {
            channel.force(true);
        } catch (IOException e) {
            throw refused(e);
        }
        saveState();
    }

    private void saveState() {
        Json.write(statePath, new State(address.toString(), version, bytes));
        syncedBytes = bytes;
    }

    /// Gives the complete file its final name; it is on the disk before it has it.
    void publish() {
        try {
            channel.force(true);
            channel.close();
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.deleteIfExists(statePath);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    private BadInputException refused(IOException cause) {
        return new BadInputException("Cannot write " + path + ": " + cause.getMessage()
                + ". Check the free space and the permissions of its folder, then run the command again: it goes on where it stopped.",
                cause);
    }

    /// Keeps what is here for a later run, if anything is.
    @Override
    public void close() {
        try {
            channel.close();
            if (bytes == 0) {
                Files.deleteIfExists(path);
                Files.deleteIfExists(statePath);
            }
        } catch (IOException e) {
            throw refused(e);
        }
    }
}
