package nanochat.data.download;

import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import nanochat.io.BadInputException;

/// Fetches files, some at a time, each on a virtual thread. Files that are there already are left alone; files that another process is
/// fetching are waited for, after all others.
///
/// The first file that cannot be had ends the rest; what has come of each file is kept for the next run, as it is on Ctrl-C.
final class Downloader implements AutoCloseable {
    private static final long LOCK_PAUSE_MILLIS = 500;
    private static final long FAREWELL_SECONDS = 10;

    private final DownloadSettings settings;
    private final int workers;
    private final FileLocks locks;
    private final HttpSource source;
    private final FileDownload.Pause pause;
    private final long jitterSeed;

    /// @param folder all files go into it; the lock file lies here
    /// @param workers files at a time
    /// @param pause waits between attempts
    /// @param jitterSeed decides how long
    Downloader(Path folder, int workers, DownloadSettings settings, HubToken token, FileDownload.Pause pause, long jitterSeed) {
        if (workers < 1) {
            throw new BadInputException("--workers must be at least 1, not " + workers);
        }
        this.settings = settings;
        this.workers = workers;
        this.pause = pause;
        this.jitterSeed = jitterSeed;
        locks = new FileLocks(folder);
        source = new HttpSource(token, settings.stall());
    }

    /// For the internet. Pauses differ from run to run: that is what jitter is for, and no result depends on it.
    Downloader(Path folder, int workers) {
        this(folder, workers, DownloadSettings.DEFAULT, HubToken.fromEnvironment(), Thread::sleep, new SecureRandom().nextLong());
    }

    /// A file, and whether someone else was fetching it when it was last looked at.
    private record Pending(RemoteFile file, boolean waited) {}

    /// Fetches all files that are missing.
    ///
    /// @param title for the user
    /// @throws BadInputException when a file cannot be had, or the user stopped the program; the message says how to go on
    DownloadResult fetch(String title, List<RemoteFile> files) {
        long start = System.nanoTime();
        Queue<Pending> missing = new ConcurrentLinkedQueue<>();
        files.stream().filter(file -> !Files.exists(file.target())).forEach(file -> missing.add(new Pending(file, false)));
        LongAdder fetched = new LongAdder();
        LongAdder bytes = new LongAdder();
        if (!missing.isEmpty()) {
            try (DownloadProgress progress = new DownloadProgress(title, missing.size())) {
                runWorkers(() -> {
                    for (Pending next = missing.poll(); next != null; next = missing.poll()) {
                        fetch(next, missing, progress).ifPresent(size -> {
                            fetched.increment();
                            bytes.add(size);
                        });
                    }
                });
            }
        }
        return new DownloadResult(files.size(), fetched.intValue(), bytes.sum(), (System.nanoTime() - start) / 1e9);
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private void runWorkers(Work work) {
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Thread stop = new Thread(() -> stop(pool), "keep-partial-files");
            Runtime.getRuntime().addShutdownHook(stop);
            ExecutorCompletionService<Boolean> running = new ExecutorCompletionService<>(pool);
            for (int worker = 0; worker < workers; worker++) {
                running.submit(() -> {
                    work.run();
                    return true;
                });
            }
            try {
                for (int worker = 0; worker < workers; worker++) {
                    running.take().get();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw stopped(e);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException failure ? failure : stopped(e);
            } finally {
                pool.shutdownNow();
                removeHook(stop);
            }
        }
    }

    private static BadInputException stopped(Exception cause) {
        return new BadInputException("Stopped. What was downloaded is kept; run the command again to go on.", cause);
    }

    /// What happens when the process is asked to end: every file notes how far it is.
    private static void stop(ExecutorService pool) {
        pool.shutdownNow();
        try {
            if (!pool.awaitTermination(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("Some files will go on from a little before the place where they stopped");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyEnding) {
            // the hook is running, or has run
        }
    }

    /// @return the size of the file if this call fetched it
    private Optional<Long> fetch(Pending pending, Queue<Pending> missing, DownloadProgress progress) throws InterruptedException {
        RemoteFile file = pending.file();
        if (pending.waited()) {
            Thread.sleep(LOCK_PAUSE_MILLIS);
        }
        Optional<FileLock> lock = locks.tryLock(file.target());
        if (lock.isEmpty()) {
            missing.add(new Pending(file, true));
            return Optional.empty();
        }
        try {
            long start = System.nanoTime();
            boolean isMissing = !Files.exists(file.target());
            long size = isMissing ? fetch(file, progress) : file.target().toFile().length();
            progress.finished(file.target(), size, (System.nanoTime() - start) / 1e9);
            return isMissing ? Optional.of(size) : Optional.empty();
        } finally {
            locks.release(lock.get());
        }
    }

    private long fetch(RemoteFile file, DownloadProgress progress) throws InterruptedException {
        Backoff backoff = new Backoff(settings, new SplittableRandom(jitterSeed + file.target().hashCode()));
        return new FileDownload(file, source, settings, backoff, pause, progress).run();
    }

    /// Runs `work` while no other process does so with the same `path`; waits for one that does.
    <T> T exclusively(Path path, Supplier<T> work) {
        try {
            Optional<FileLock> lock = locks.tryLock(path);
            while (lock.isEmpty()) {
                Thread.sleep(LOCK_PAUSE_MILLIS);
                lock = locks.tryLock(path);
            }
            try {
                return work.get();
            } finally {
                locks.release(lock.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw stopped(e);
        }
    }

    @Override
    public void close() {
        source.close();
        locks.close();
    }
}
