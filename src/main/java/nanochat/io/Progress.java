package nanochat.io;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/// How far a long piece of work is: one line that renews itself on a terminal, a line every tenth of the way (or every half minute)
/// where there is none. It goes to standard error, so that standard output holds results only. Safe to advance from many threads.
///
///     try (Progress progress = Progress.of("Encoding", totalBytes, "B")) {
///         progress.advance(chunk.length);
///     }
public final class Progress implements AutoCloseable {
    private static final long REDRAW_NANOS = 100_000_000L;
    private static final long SPARSE_NANOS = 30_000_000_000L;
    private static final String ERASE_LINE = "\r\u001b[K";

    private final String title;
    private final String unit;
    private final PrintStream out;
    private final boolean interactive;
    private final LongSupplier clock;
    private final long startedAt;
    private long startedFrom;
    private long total;
    private long done;
    private String detail = "";
    private long lastShownAt;
    private long lastShownTenth;
    private boolean closed;

    /// Work of `total` units, or of unknown size where `total` is 0.
    public static Progress of(String title, long total, String unit) {
        return resuming(title, total, unit, 0);
    }

    /// Work of which `done` units were done by an earlier run: they count as done, not for the rate.
    public static Progress resuming(String title, long total, String unit, long done) {
        return new Progress(title, total, unit, done, System.err, Terminal.isInteractive(), System::nanoTime);
    }

    Progress(String title, long total, String unit, long done, PrintStream out, boolean interactive, LongSupplier clock) {
        this.title = title;
        this.total = total;
        this.unit = unit;
        this.done = done;
        this.out = out;
        this.interactive = interactive;
        this.clock = clock;
        startedAt = clock.getAsLong();
        startedFrom = done;
        lastShownAt = startedAt;
        lastShownTenth = tenth();
    }

    /// `amount` more units are done.
    public synchronized void advance(long amount) {
        done += amount;
        showWhenDue();
    }

    /// As [#advance(long)], with something to say at the end of the line, such as the loss.
    public synchronized void advance(long amount, String newDetail) {
        detail = newDetail;
        advance(amount);
    }

    /// `amount` more units turn out to be done already, by an earlier run: they do not count for the rate.
    public synchronized void skip(long amount) {
        done += amount;
        startedFrom += amount;
    }

    /// The work turns out to be `newTotal` units.
    public synchronized void setTotal(long newTotal) {
        total = newTotal;
    }

    /// Prints a line of text above the progress line.
    public synchronized void print(String text) {
        out.println((interactive ? ERASE_LINE : "") + text);
        if (interactive) {
            show();
        }
    }

    /// Shows the final state and ends the line.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        show();
        if (interactive) {
            out.println();
        }
    }

    private void showWhenDue() {
        long now = clock.getAsLong();
        boolean due = interactive ? now - lastShownAt >= REDRAW_NANOS : tenth() > lastShownTenth || now - lastShownAt >= SPARSE_NANOS;
        if (due && !(done == total && !interactive)) {
            show();
        }
    }

    private long tenth() {
        return total == 0 ? 0 : 10 * done / total;
    }

    private void show() {
        lastShownAt = clock.getAsLong();
        lastShownTenth = tenth();
        if (interactive) {
            out.print(ERASE_LINE + line());
            out.flush();
        } else {
            out.println(line());
        }
    }

    private String line() {
        double seconds = Math.max(lastShownAt - startedAt, 1) / 1e9;
        double rate = (done - startedFrom) / seconds;
        StringBuilder line = new StringBuilder(title);
        if (total > 0) {
            line.append(String.format(Locale.ROOT, " %3d%%  %s/%s %s", 100 * done / total, count(done), count(total), unit));
        } else {
            line.append("  ").append(count(done)).append(' ').append(unit);
        }
        line.append("  ").append(count(rate)).append(' ').append(unit).append("/s");
        if (closed) {
            line.append("  in ").append(duration(seconds));
        } else if (total > done && rate > 0) {
            line.append("  ").append(duration((total - done) / rate)).append(" left");
        }
        return detail.isEmpty() ? line.toString() : line.append("  ").append(detail).toString();
    }

    /// `amount` in at most four characters and a suffix: 950, 12.3k, 4.56M, 789G.
    public static String count(double amount) {
        String[] suffixes = {"", "k", "M", "G", "T"};
        int power = 0;
        double scaled = amount;
        while (scaled >= 999.5 && power < suffixes.length - 1) {
            scaled /= 1000;
            power++;
        }
        int decimals = (power == 0 && scaled == Math.rint(scaled)) || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f%s", scaled, suffixes[power]);
    }

    /// A time to read: 0:07, 12:34, 3:04:05.
    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}
