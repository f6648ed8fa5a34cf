package nanochat.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/// Files that appear whole or not at all: the content goes to a temporary name beside the target, reaches the disk, and is renamed.
public final class AtomicFile {
    private AtomicFile() {
    }

    /// Writes the bytes of a file to the stream it is given.
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Writes `target` by way of `target.tmp-<pid>-<random>` (processes in different containers may have the same number); creates missing
    /// parent folders.
    ///
    /// @throws BadInputException when the disk is full or the folder cannot be written; an older `target` is then still there, untouched
    public static void write(Path target, Content content) {
        Path temporary = target.resolveSibling(target.getFileName() + ".tmp-" + ProcessHandle.current().pid() + "-"
                + Integer.toHexString(ThreadLocalRandom.current().nextInt()));
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 20);
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | UncheckedIOException e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException leftover) {
                e.addSuppressed(leftover);
            }
            throw new BadInputException("Cannot write " + target + ": " + e.getMessage()
                    + ". Nothing was replaced; check the free space and the permissions of its folder.", e);
        }
    }

    /// Writes `text` as UTF-8.
    public static void writeString(Path target, String text) {
        write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }
}
