package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import nanochat.io.BaseDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/// The page of runs in a browser, while files of metrics grow.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class RunsPageTest {
    @TempDir
    Path folder;

    private void append(String tag, String line) throws IOException {
        Path file = Files.createDirectories(folder.resolve("base/base_checkpoints").resolve(tag)).resolve("metrics.jsonl");
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void step(String tag, int step, double loss) throws IOException {
        append(tag,
                """
                        {"type":"step","step":%d,"loss":%s,"milliseconds":100,"tokens_per_second":2560,"gigaflops_per_second":2,"training_seconds":%s,"time":"%s"}"""
                        .formatted(step, loss, (step + 1) / 10.0, Instant.now()));
    }

    @Test
    void chartsAppearAndGrowWithTheFilesOfTheRuns() throws Exception {
        CopyOnWriteArrayList<Throwable> errors = new CopyOnWriteArrayList<>();
        try (Browser browser = new Browser(folder);
                PageServer server = PageServer.ofRuns(new BaseDirectory(folder.resolve("base")), ServerOptions.atPort(0),
                        errors::add)) {
            browser.open(server.address());
            browser.await("what to do where there is no run", () -> browser.is("!document.querySelector('#empty').hidden"));
            assertThat(browser.text("#empty")).contains("./nanochat speedrun");

            step("d1", 0, 5);
            step("d1", 1, 5);
            browser.await("a chart", () -> browser.is("document.querySelector('#chart-loss canvas')"));
            browser.await("its value", () -> browser.text("#chart-loss .values").equals("5"));
            assertThat(browser.is("document.querySelector('#empty').hidden")).isTrue();
            assertThat(browser.text("#list .facts")).contains("2 steps", "loss 5");

            for (int step = 2; step < 200; step++) {
                step("d1", step, 2);
            }
            browser.await("the newest value", () -> browser.text("#chart-loss .values").equals("2"));
            assertThat(browser.is("document.querySelector('#chart-loss .canvas').getAttribute('aria-label').includes('d1')")).isTrue();

            append("d1",
                    """
                            {"type":"samples","step":200,"completions":[{"prompt":"<b>Hi</b>","completion":"<img src=x onerror=alert(1)>","right":true}]}""");
            browser.await("a sample", () -> browser.text("#samples .said").equals("<img src=x onerror=alert(1)>"));
            assertThat(browser.count("#samples b, #samples img")).isZero();

            step("d2", 0, 7);
            browser.await("another run", () -> browser.count("#list li") == 2);
            browser.run("document.querySelector('#list li:first-child input').focus()");
            browser.press(Keys.SPACE);
            browser.await("both runs in one chart", () -> browser.count("#chart-loss .values span") == 2);

            browser.click("#language");
            browser.await("Chinese", () -> browser.text("#list h2").equals("训练"));
            browser.size(390, 844);
            assertThat(browser.is("document.documentElement.scrollWidth <= innerWidth")).as("nothing is wider than a phone").isTrue();
            assertThat(browser.complaints()).isEmpty();
        }
        assertThat(errors).isEmpty();
    }
}
