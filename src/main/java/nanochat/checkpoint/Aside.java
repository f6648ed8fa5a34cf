package nanochat.checkpoint;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import nanochat.io.BadInputException;

/// What gives way to a run of the same name is kept beside it, as a model of its own that every command takes by its name, but none by
/// itself:
///
///     d4.previous        the earlier run, where a new one begins
///     d4.after-000200    the earlier continuation, where a run goes on from step 200 again: its later checkpoints, and all it told
///
final class Aside {
    private static final Pattern TAG = Pattern.compile(".+(\\.previous|\\.after-\\d{6,9}(-\\d+)?)");
    private static final Pattern OF_A_STEP = Pattern.compile("(\\p{Alpha}+)_(\\d{6,9})\\..+");
    private static final Pattern UNFINISHED = Pattern.compile(".*(\\.new|\\.tmp-.*)|\\..*");

    private Aside() {
    }

    /// Whether a model of this name is one that gave way to another.
    static boolean isName(String tag) {
        return TAG.matcher(tag).matches();
    }

    /// Moves the whole folder, if there is a checkpoint in it, over what was kept before.
    ///
    /// @return where it is now
    /// @throws BadInputException when it cannot be moved, or another run is writing to either folder
    static Optional<CheckpointDirectory> whole(CheckpointDirectory run) {
        if (run.steps().isEmpty()) {
            return Optional.empty(); // nothing to go on from, and no reason to part with an earlier run that has something
        }
        CheckpointDirectory previous = sibling(run, ".previous");
        try (RunLock _ = RunLock.take(run); RunLock _ = RunLock.take(previous)) {
            delete(previous.folder());
            Files.move(run.folder(), previous.folder());
            return Optional.of(previous);
        } catch (IOException e) {
            throw new BadInputException("Cannot move the earlier run " + run.folder() + " to " + previous.folder() + ": " + e.getMessage(),
                    e);
        }
    }

    /// Moves all that belongs to steps after `step`, and copies what belongs to all steps.
    ///
    /// @return where it is now; empty where there was nothing
    /// @throws BadInputException when it cannot be moved, or another run is writing to the folder
    static Optional<CheckpointDirectory> after(CheckpointDirectory run, int step) {
        try (RunLock _ = RunLock.take(run)) {
            List<Path> later = files(run.folder()).filter(file -> step(file) > step).sorted(Comparator.comparing(Aside::isMeta).reversed())
                    .toList();
            if (later.isEmpty()) {
                return Optional.empty();
            }
            CheckpointDirectory kept = firstFree(run, step);
            Files.createDirectory(kept.folder());
            for (Path file : files(run.folder()).filter(file -> step(file) < 0 && !isUnfinished(file)).toList()) {
                Files.copy(file, kept.folder().resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
            }
            // The meta files first: without them there is no checkpoint here any more, whatever happens next.
            for (Path file : later) {
                Files.move(file, kept.folder().resolve(file.getFileName()));
            }
            return Optional.of(kept);
        } catch (IOException e) {
            throw new BadInputException("Cannot move the checkpoints after step " + step + " out of " + run.folder() + ": " + e
                    .getMessage(),
                    e);
        }
    }

    private static CheckpointDirectory firstFree(CheckpointDirectory run, int step) {
        String suffix = String.format(Locale.ROOT, ".after-%06d", step);
        CheckpointDirectory free = sibling(run, suffix);
        for (int number = 2; Files.exists(free.folder()); number++) {
            free = sibling(run, suffix + "-" + number);
        }
        return free;
    }

    private static CheckpointDirectory sibling(CheckpointDirectory run, String suffix) {
        return new CheckpointDirectory(run.folder().resolveSibling(run.tag() + suffix));
    }

    private static Stream<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList().stream();
        }
    }

    /// The step that a file belongs to; -1 where it belongs to all.
    private static int step(Path file) {
        Matcher name = OF_A_STEP.matcher(file.getFileName().toString());
        return name.matches() ? Integer.parseInt(name.group(2)) : -1;
    }

    private static boolean isMeta(Path file) {
        return file.getFileName().toString().startsWith("meta_");
    }

    private static boolean isUnfinished(Path file) {
        return UNFINISHED.matcher(file.getFileName().toString()).matches();
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path emptied, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(emptied);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
