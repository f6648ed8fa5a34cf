package nanochat.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.io.Setting;
import tools.jackson.core.JacksonException;

/// The right to write to the folder of a run. One thread of one process has it at a time, and may take it more than once; the stages of a
/// speedrun do. It is a lock on the file `.NAME.lock` beside the folder, which the system gives back when the process ends, however it ends:
/// what stands in the file is only for the message to whoever comes second, and a file that was left behind keeps nobody out.
///
/// Reading needs no right: a checkpoint is whole or not there.
public final class RunLock implements AutoCloseable {
    private static final Setting MODEL_TAG = new Setting("model_tag");
    /// Far behind what the file says, which others must be able to read where a lock keeps readers out.
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;
    private static final int LOOKS = 20;
    private static final long BETWEEN_LOOKS_MILLISECONDS = 50;

    /// What this process has. Closing any channel to a locked file would release the lock (POSIX), so there must be one alone.
    private static final Map<Path, Held> HELD = new HashMap<>();

    private final Path file;
    private final Held held;
    private boolean closed;

    private RunLock(Path file, Held held) {
        this.file = file;
        this.held = held;
    }

    /// How a file is locked; empty where another process has it.
    @FunctionalInterface
    interface Locking {
        Optional<FileLock> tryLock(FileChannel channel) throws IOException;
    }

    /// What a lock file says.
    ///
    /// @param host the machine, or the container, whose process it is
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    private record Holder(long pid, Optional<String> host, Instant since, String command) {
        static Holder current() {
            Instant start = ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
            String command = System.getProperty("sun.java.command", "").replaceFirst("^nanochat\\.Nanochat\\b", "nanochat");
            return new Holder(ProcessHandle.current().pid(), RunLock.host(), start.truncatedTo(ChronoUnit.SECONDS), command);
        }

        /// Who it is, in words.
        String who() {
            return "process " + pid + host.filter(name -> !Optional.of(name).equals(RunLock.host())).map(name -> " on " + name).orElse("")
                    + (command.isBlank() ? "" : " (" + command.strip() + ")") + ", which began at " + since;
        }
    }

    private static final class Held {
        private final Optional<FileChannel> channel;
        private final Optional<String> warning;
        private final Thread owner = Thread.currentThread();
        private int times;

        Held(Optional<FileChannel> channel, Optional<String> warning) {
            this.channel = channel;
            this.warning = warning;
        }
    }

    /// Takes the right to write to the folder of `run`, which need not exist.
    ///
    /// @throws BadInputException when somebody else has it, saying who; or the lock file cannot be written
    public static RunLock take(CheckpointDirectory run) {
        return take(run, channel -> Optional.ofNullable(channel.tryLock(LOCKED_BYTE, 1, false)));
    }

    static RunLock take(CheckpointDirectory run, Locking locking) {
        Path file = file(run);
        synchronized (HELD) {
            Held held = HELD.get(file);
            if (held == null) {
                held = open(run, file, locking);
                HELD.put(file, held);
            } else if (held.owner != Thread.currentThread()) {
                throw busy(run, "this very process, in another thread");
            }
            held.times++;
            return new RunLock(file, held);
        }
    }

    /// One path for one file, whatever links lead to it.
    private static Path file(CheckpointDirectory run) {
        Path folder = run.folder().toAbsolutePath().normalize();
        Path parent = Objects.requireNonNull(folder.getParent(), "a run has a name");
        try {
            Files.createDirectories(parent);
            return parent.toRealPath().resolve("." + folder.getFileName() + ".lock");
        } catch (IOException e) {
            throw unwritable(run, e);
        }
    }

    private static Held open(CheckpointDirectory run, Path file, Locking locking) {
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw unwritable(run, e);
        }
        try {
            Optional<FileLock> lock = locking.tryLock(channel);
            if (lock.isEmpty()) {
                channel.close();
                throw busy(run, whoHas(file));
            }
        } catch (OverlappingFileLockException e) {
            throw busy(run, "this very process");
        } catch (IOException noLocks) {
            close(channel);
            return new Held(Optional.empty(), Optional.of("The file system of " + file.getParent() + " has no locks (" + noLocks
                    .getMessage()
                    + "): do not start a second run in " + run.folder() + " while this one is under way, nothing would notice."));
        }
        try {
            write(channel, Json.line(Holder.current()) + "\n");
            return new Held(Optional.of(channel), Optional.empty());
        } catch (IOException e) {
            close(channel);
            throw unwritable(run, e);
        }
    }

    private static void write(FileChannel channel, String text) throws IOException {
        channel.truncate(0);
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        for (long at = 0; bytes.hasRemaining();) {
            at += channel.write(bytes, at);
        }
    }

    /// Who has the lock; it may have been taken a moment ago and not be written yet.
    private static String whoHas(Path file) {
        for (int look = 0; look < LOOKS; look++) {
            try {
                return Json.LINE.readValue(Files.readString(file), Holder.class).who();
            } catch (IOException | JacksonException notYet) {
                try {
                    Thread.sleep(BETWEEN_LOOKS_MILLISECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
        }
        return "another process";
    }

    private static Optional<String> host() {
        try {
            return Optional.of(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip()).filter(name -> !name.isEmpty());
        } catch (IOException notLinux) {
            return Optional.ofNullable(System.getenv("HOSTNAME")).or(() -> Optional.ofNullable(System.getenv("COMPUTERNAME")));
        }
    }

    private static BadInputException busy(CheckpointDirectory run, String who) {
        return BadInputException.about("Another run is writing to %s: %s. Wait until it ends, or stop it (it saves what it has), or give"
                + " this one a name of its own with %s.", run.folder(), who, MODEL_TAG);
    }

    private static BadInputException unwritable(CheckpointDirectory run, IOException e) {
        String reason = e instanceof FileSystemException failure && failure.getReason() != null
                ? failure.getReason()
                : e.getClass().getSimpleName();
        return new BadInputException("Cannot write beside " + run.folder() + " (" + reason
                + "): check the permissions of the folder, or say"
                + " with NANOCHAT_BASE_DIR where everything shall be kept", e);
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BadInputException("Cannot close a lock file: " + e.getMessage(), e);
        }
    }

    /// What people should know where the file system has no locks.
    public Optional<String> warning() {
        return held.warning;
    }

    /// Gives the right back, as many times as it was taken.
    @Override
    public void close() {
        synchronized (HELD) {
            if (closed) {
                return;
            }
            closed = true;
            if (--held.times > 0) {
                return;
            }
            HELD.remove(file);
            held.channel.ifPresent(channel -> {
                try {
                    channel.truncate(0);
                } catch (IOException stays) {
                    // only what the file says, which is of no concern without the lock
                }
                close(channel);
            });
        }
    }
}
