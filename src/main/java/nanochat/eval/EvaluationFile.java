package nanochat.eval;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What was measured of a checkpoint, kept beside it: `eval_000500.json` in the folder of the model. One JSON object, by the names that
/// `nanochat eval --json` prints: `bits_per_byte`, `completions`, `tasks` (of each its `accuracy` and how many examples, `n`), `core`,
/// `chat_core`.
///
/// Evaluations are made one by one, so each adds to what the file says: objects are merged by key, anything else replaces what had its name.
///
/// @param folder of the model's checkpoints
/// @param step of the checkpoint
public record EvaluationFile(Path folder, int step) {
    private static final String LOCK = ".eval.lock";

    /// Where it is.
    public Path path() {
        return folder.resolve(String.format(Locale.ROOT, "eval_%06d.json", step));
    }

    /// Everything measured so far; empty where nothing was.
    ///
    /// @throws BadInputException when the file is not a JSON object
    public Optional<ObjectNode> read() {
        return Files.exists(path()) ? Optional.of(Json.read(path(), ObjectNode.class)) : Optional.empty();
    }

    /// Adds results, whole or not at all.
    ///
    /// @param results what becomes a JSON object: a record, a map, or a tree. What is empty or null in it was not measured, and changes nothing.
    /// @throws BadInputException when the file cannot be written
    /// @throws IllegalArgumentException when `results` is no object
    public void add(Object results) {
        add(results, () -> {});
    }

    /// Adds results, whole or not at all, and to what other processes add at the same time.
    ///
    /// @param check throws where the checkpoint is not the measured one any more; nothing is written then
    /// @throws BadInputException when the file cannot be written
    /// @throws IllegalArgumentException when `results` is no object
    public void add(Object results, Runnable check) {
        if (!(Json.LINE.valueToTree(results) instanceof ObjectNode measured)) {
            throw new IllegalArgumentException("Results must become a JSON object: " + results);
        }
        alone(() -> {
            check.run();
            ObjectNode all = read().orElseGet(Json.LINE::createObjectNode);
            merge(measured, all);
            Json.write(path(), all);
        });
    }

    /// While no other thread or process adds to a file of this folder. Where the file system has no locks, only no other thread.
    private void alone(Runnable action) {
        Path lock = folder.resolve(LOCK);
        synchronized (LOCK) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw unwritable(e);
            }
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                waitFor(channel);
                action.run();
            } catch (IOException e) {
                throw unwritable(e);
            }
        }
    }

    private BadInputException unwritable(IOException e) {
        return new BadInputException("Cannot write in " + folder + " (" + e.getClass().getSimpleName() + "): what was measured is not kept"
                + " there", e);
    }

    /// Until the lock is there; closing the channel releases it.
    private static void waitFor(FileChannel channel) {
        try {
            FileLock _ = channel.lock();
        } catch (IOException noLocks) {
            // two evaluations that end in the same millisecond are all that is risked
        }
    }

    private static void merge(ObjectNode from, ObjectNode into) {
        for (var entry : from.properties()) {
            JsonNode value = entry.getValue();
            if (value instanceof ObjectNode object) {
                merge(object, into.get(entry.getKey()) instanceof ObjectNode older ? older : into.putObject(entry.getKey()));
            } else if (!value.isNull()) {
                into.set(entry.getKey(), value);
            }
        }
    }
}
