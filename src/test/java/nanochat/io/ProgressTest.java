package nanochat.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// The oracle is the text a person should see, written out by hand; the clock is the test's own.
class ProgressTest {
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final AtomicLong now = new AtomicLong();

    private Progress progress(long total, long done, boolean interactive) {
        return new Progress("Encoding", total, "B", done, new PrintStream(shown, true, StandardCharsets.UTF_8), interactive, now::get);
    }

    private void pass(double seconds) {
        now.addAndGet((long) (seconds * 1e9));
    }

    private String text() {
        return shown.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }

    @Test
    void withoutATerminalThereIsOneLineATenthAndOneAtTheEnd() {
        try (Progress progress = progress(100, 0, false)) {
            for (int i = 0; i < 20; i++) {
                pass(1);
                progress.advance(5);
            }
        }
        assertThat(text().lines()).hasSize(10).first().isEqualTo("Encoding  10%  10/100 B  5 B/s  0:18 left");
        assertThat(text()).endsWith("Encoding 100%  100/100 B  5 B/s  in 0:20\n").doesNotContain("\u001b");
    }

    @Test
    void withoutATerminalSlowWorkSpeaksEveryHalfMinute() {
        Progress progress = progress(1000, 0, false);
        for (int i = 0; i < 60; i++) {
            pass(1);
            progress.advance(1);
        }
        assertThat(text().lines()).containsExactly("Encoding   3%  30/1.00k B  1 B/s  16:10 left",
                "Encoding   6%  60/1.00k B  1 B/s  15:40 left");
    }

    @Test
    void onATerminalTheLineRenewsItselfAtMostTenTimesASecond() {
        try (Progress progress = progress(1000, 0, true)) {
            for (int i = 0; i < 1000; i++) {
                pass(0.001);
                progress.advance(1, "loss 3.21");
            }
        }
        assertThat(text().split("\r", -1)).hasSize(1 + 10 + 1);
        assertThat(text()).contains("\r\u001b[KEncoding  50%  500/1.00k B  1.00k B/s  0:01 left  loss 3.21");
        assertThat(text()).endsWith("in 0:01  loss 3.21\n");
    }

    @Test
    void workOfAnEarlierRunCountsAsDoneButNotForTheRate() {
        Progress progress = progress(100, 50, false);
        pass(10);
        progress.advance(10);
        assertThat(text()).isEqualTo("Encoding  60%  60/100 B  1 B/s  0:40 left\n");
    }

    @Test
    void workOfUnknownSizeHasNoShareAndNoEnd() {
        Progress progress = progress(0, 0, false);
        pass(30);
        progress.advance(3_000_000);
        assertThat(text()).isEqualTo("Encoding  3.00M B  100k B/s\n");
    }

    @Test
    void aMessageStandsAboveTheLine() {
        Progress progress = progress(100, 0, true);
        progress.print("a sample");
        assertThat(text()).startsWith("\r\u001b[Ka sample\n\r\u001b[KEncoding   0%");
    }

    @Test
    void closingTwiceSaysItOnce() {
        Progress progress = progress(10, 0, false);
        pass(1);
        progress.advance(10);
        progress.close();
        progress.close();
        assertThat(text().lines()).hasSize(1);
    }

    @Test
    void countsHaveThreeDigitsAndASuffix() {
        assertThat(Progress.count(0)).isEqualTo("0");
        assertThat(Progress.count(7)).isEqualTo("7");
        assertThat(Progress.count(0.256)).isEqualTo("0.26");
        assertThat(Progress.count(999)).isEqualTo("999");
        assertThat(Progress.count(999.7)).isEqualTo("1.00k");
        assertThat(Progress.count(12_345)).isEqualTo("12.3k");
        assertThat(Progress.count(99_960)).isEqualTo("100k");
        assertThat(Progress.count(4_560_000)).isEqualTo("4.56M");
        assertThat(Progress.count(7.89e15)).isEqualTo("7890T");
    }

    @Test
    void timesReadLikeAClock() {
        assertThat(Progress.duration(7.4)).isEqualTo("0:07");
        assertThat(Progress.duration(754)).isEqualTo("12:34");
        assertThat(Progress.duration(11045)).isEqualTo("3:04:05");
    }
}
