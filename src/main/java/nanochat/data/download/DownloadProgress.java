package nanochat.data.download;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import nanochat.io.Progress;

/// What the user sees of a download: one line for all files, which names those under way and how far each is, and a line for every file that is
/// complete. How much all files are is guessed from those whose sizes are known, until all are.
final class DownloadProgress implements AutoCloseable {
    private static final long REPORTED_BYTES = 1 << 18;
    private static final int NAMED_FILES = 4;

    /// @param bytes that are here
    /// @param size of the whole file, 0 where unknown
    private record Position(long bytes, long size) {
        String percent() {
            return size == 0 ? Progress.count(bytes) + "B" : 100 * bytes / size + "%";
        }
    }

    private final Progress progress;
    private final int files;
    private final Map<Path, Position> underWay = new LinkedHashMap<>();
    private int complete;
    private int sized;
    private long sizes;

    /// @param title of the line
    /// @param files that are missing
    DownloadProgress(String title, int files) {
        this.files = files;
        progress = Progress.of(title, 0, "B");
    }

    /// A file is so far.
    ///
    /// @param bytes that are here
    /// @param size of the whole file, where known
    /// @param resumed whether these bytes are from an earlier run
    synchronized void at(Path file, long bytes, Optional<Long> size, boolean resumed) {
        Position before = underWay.getOrDefault(file, new Position(0, 0));
        Position now = new Position(bytes, size.orElse(0L));
        if (resumed) {
            progress.skip(bytes);
        } else if (Math.abs(bytes - before.bytes()) < REPORTED_BYTES && bytes != now.size()) {
            return;
        }
        underWay.put(file, now);
        noteSize(before.size(), now.size());
        progress.advance(resumed ? 0 : bytes - before.bytes(), detail());
    }

    private void noteSize(long before, long now) {
        sized += (now > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
        sizes += now - before;
        progress.setTotal(sized == 0 ? 0 : sizes / sized * files);
    }

    private String detail() {
        String names = underWay.entrySet().stream().limit(NAMED_FILES)
                .map(entry -> entry.getKey().getFileName() + " " + entry.getValue().percent()).collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%d of %d files; %s%s", complete, files, names, underWay.size() > NAMED_FILES ? ", ..." : "");
    }

    /// An attempt failed; it is tried again after `delay`.
    synchronized void failed(Path file, String reason, Duration delay) {
        progress.print(String.format(Locale.ROOT, "%s: %s; again in %.1f s", file.getFileName(), reason, delay.toMillis() / 1e3));
    }

    /// A file is complete.
    synchronized void finished(Path file, long bytes, double seconds) {
        Position before = underWay.getOrDefault(file, new Position(0, 0));
        noteSize(before.size(), bytes);
        underWay.remove(file);
        complete++;
        progress.advance(bytes - before.bytes(), detail());
        progress.print(String.format(Locale.ROOT, "%s  %sB in %s", file, Progress.count(bytes), Progress.duration(seconds)));
    }

    @Override
    public void close() {
        progress.close();
    }
}
