package nanochat.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelStage;
import nanochat.eval.EvaluationFile;
import nanochat.io.BaseDirectory;
import nanochat.io.MachineLimits;
import tools.jackson.databind.node.ObjectNode;

/// Knows all runs in the base directory and what is new in them. One thread reads, the newest runs first and of each only what came since, as long as
/// somebody asks; anybody may ask. Nothing is ever written.
public final class RunsWatcher implements AutoCloseable {
    /// How often is looked whether something is new.
    private static final Duration PERIOD = Duration.ofMillis(500);
    /// When nobody has asked for so long, nothing is read any more until somebody does.
    private static final Duration REST = Duration.ofSeconds(30);
    /// Read at once, in which time nobody gets an answer: some milliseconds.
    private static final int PIECE = 1 << 20;
    /// Between two pieces, for those who wait for an answer: whoever gives up a lock and takes it again at once is quicker than they.
    private static final Duration BREATH = Duration.ofMillis(2);

    private final BaseDirectory base;
    /// By the number of the file in the file system, so that a run that makes way to another is known under its new name.
    private final Map<Object, Followed> runs = new HashMap<>();
    private final Thread reader = Thread.ofPlatform().daemon().name("runs").unstarted(this::follow);
    private long version = 1;
    private Optional<MachineLimits> limits = Optional.empty();
    private boolean listed;
    private boolean closed;
    private long lastAsked = System.nanoTime();

    private static final class Followed {
        private final RunFollower run;
        /// The version in which something of it last changed.
        private long changed;
        private Optional<RunStatus> status = Optional.empty();
        private Instant modified = Instant.MIN;
        private long size = -1;

        Followed(RunFollower run) {
            this.run = run;
        }
    }

    /// A file of metrics that is there now.
    private record Found(RunId id, Object key, Instant modified, long size) {}

    /// What has changed since somebody last asked.
    ///
    /// @param version to ask with next
    /// @param names of all runs there are, the newest first
    /// @param runs those in which something changed
    public record Changes(long version, List<String> names, List<RunSummary> runs) {}

    /// What was measured of a checkpoint.
    ///
    /// @param results see [EvaluationFile]
    public record Measured(int step, ObjectNode results) {}

    public RunsWatcher(BaseDirectory base) {
        this.base = base;
        reader.start();
    }

    /// Waits until something differs from `known`, at most so long.
    ///
    /// @param known a version that was told, or 0 for all there is
    /// @return what differs; empty where nothing does, or the watcher is closed
    public synchronized Optional<Changes> changes(long known, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        asked();
        while (!closed && (!listed || version <= known)) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return Optional.empty();
            }
            wait(left);
        }
        if (closed) {
            return Optional.empty();
        }
        asked();
        Instant now = Instant.now();
        List<Followed> all = runs.values().stream().sorted(Comparator.comparing((Followed each) -> each.modified).reversed()
                .thenComparing(each -> each.run.id().name())).toList();
        return Optional.of(new Changes(version, all.stream().map(each -> each.run.id().name()).toList(), all.stream().filter(
                each -> each.changed > known).map(each -> each.run.summary(now, limits)).toList()));
    }

    /// Whether this watcher has ended.
    public synchronized boolean isClosed() {
        return closed;
    }

    /// Whether there is a run of this name.
    public synchronized boolean has(String name) {
        return of(name).isPresent();
    }

    /// The curves of a run, as far as they are not known; empty where there is no such run.
    ///
    /// @param known what [RunCurves#known] said last, or nothing
    public synchronized Optional<RunCurves> curves(String name, String known) {
        return of(name).map(run -> run.curves(RunCurves.Known.parse(known)));
    }

    /// The curves of a run between two steps, finer than [#curves] has them, read from its file once more; empty where there is no such run.
    ///
    /// @throws IOException when the file cannot be read
    public Optional<CloseUp> closeUp(String name, int from, int to) throws IOException {
        Optional<RunFollower.Again> again;
        synchronized (this) {
            if (!has(name)) {
                return Optional.empty();
            }
            again = of(name).flatMap(run -> run.again(from, to));
        }
        return Optional.of(again.isPresent() ? again.get().read() : new CloseUp(name, from, from, Map.of()));
    }

    /// What is to be read of a run beside its curves; empty where there is no such run.
    public synchronized Optional<RunDetails> details(String name) {
        return of(name).map(RunFollower::details);
    }

    /// What `nanochat eval` kept of the newest checkpoint of a run that was evaluated.
    public Optional<Measured> evaluation(String name) {
        Optional<Path> folder;
        synchronized (this) {
            folder = of(name).map(run -> run.id().folder());
        }
        return folder.flatMap(existing -> new CheckpointDirectory(existing).steps().reversed().stream().flatMap(step -> new EvaluationFile(
                existing, step).read().map(results -> new Measured(step, results)).stream()).findFirst());
    }

    private Optional<RunFollower> of(String name) {
        asked();
        return runs.values().stream().map(each -> each.run).filter(run -> run.id().name().equals(name)).findFirst();
    }

    private void asked() {
        lastAsked = System.nanoTime();
        notifyAll();
    }

    private void follow() {
        try {
            while (awaitInterest()) {
                look();
                Thread.sleep(PERIOD);
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    private synchronized boolean awaitInterest() throws InterruptedException {
        while (!closed && System.nanoTime() - lastAsked > REST.toNanos()) {
            wait();
        }
        return !closed;
    }

    /// Looks once at everything, and reads what is new.
    private void look() throws InterruptedException {
        List<Found> found = Stream.of(ModelStage.values()).flatMap(stage -> list(stage).stream()).sorted(Comparator.comparing(
                Found::modified).reversed()).toList();
        learn(MachineLimits.read(base));
        List<Followed> all = meet(found);
        for (Followed each : all) {
            boolean more = true;
            while (more) {
                more = readPiece(each);
                Thread.sleep(BREATH);
            }
        }
        noticeSilence();
    }

    private synchronized void learn(Optional<MachineLimits> measured) {
        if (!measured.equals(limits)) {
            limits = measured;
            runs.values().forEach(this::changed);
        }
    }

    private List<Found> list(ModelStage stage) {
        Path folder = stage.models(base);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> models = Files.list(folder)) {
            return models.map(model -> new RunId(stage, model.getFileName().toString(), model)).flatMap(id -> find(id).stream()).toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    private static Optional<Found> find(RunId id) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(id.metrics(), BasicFileAttributes.class);
            Object key = Optional.ofNullable(attributes.fileKey()).orElse(id.metrics());
            return attributes.isRegularFile()
                    ? Optional.of(new Found(id, key, attributes.lastModifiedTime().toInstant(), attributes.size()))
                    : Optional.empty();
        } catch (IOException noMetrics) {
            return Optional.empty();
        }
    }

    /// Takes over what there is now. A file that took the place of another, as where a run is resumed, goes on under the same name.
    private synchronized List<Followed> meet(List<Found> found) {
        Map<Object, Found> now = found.stream().collect(Collectors.toMap(Found::key, Function.identity(), (one, _) -> one));
        Map<String, Followed> replaced = new HashMap<>();
        runs.entrySet().removeIf(known -> {
            boolean gone = !now.containsKey(known.getKey());
            if (gone) {
                replaced.put(known.getValue().run.id().name(), known.getValue());
            }
            return gone;
        });
        boolean changed = !replaced.isEmpty() || !listed;
        List<Followed> all = new ArrayList<>();
        for (Found each : now.values()) {
            Followed followed = runs.get(each.key());
            boolean unread = followed == null;
            if (followed == null) {
                followed = Optional.ofNullable(replaced.remove(each.id().name())).orElseGet(() -> new Followed(new RunFollower(each.id())));
                runs.put(each.key(), followed);
                followed.changed = version + 1;
                changed = true;
            } else if (!followed.run.id().equals(each.id())) {
                followed.run.movedTo(each.id());
                followed.changed = version + 1;
                changed = true;
            }
            // a file system's clock may stand still for some milliseconds
            if (unread || followed.size != each.size() || !followed.modified.equals(each.modified())) {
                followed.modified = each.modified();
                followed.size = each.size();
                all.add(followed);
            }
        }
        listed = true;
        if (changed) {
            version++;
            notifyAll();
        }
        all.sort(Comparator.comparing((Followed each) -> each.modified).reversed());
        return all;
    }

    private synchronized boolean readPiece(Followed followed) {
        boolean more;
        try {
            more = followed.run.read(PIECE);
        } catch (IOException unreadable) {
            more = false; // as long as it stays so it is as it was
        }
        changed(followed);
        return more && !closed;
    }

    private void changed(Followed followed) {
        version++;
        followed.changed = version;
        followed.status = Optional.of(followed.run.status(Instant.now()));
        notifyAll();
    }

    /// A run changes also by saying nothing for long.
    private synchronized void noticeSilence() {
        Instant now = Instant.now();
        runs.values().stream().filter(each -> !each.status.equals(Optional.of(each.run.status(now)))).toList().forEach(this::changed);
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        reader.interrupt();
    }
}
