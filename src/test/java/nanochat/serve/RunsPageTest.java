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
import org.openqa.selenium.interactions.PointerInput;

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

    /// Losses take turns: a mean over four of them is 2, and whoever looks close enough sees 1 and 3.
    @Test
    void whoLooksCloserSeesSingleStepsByMouseKeyboardAndFinger() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int step = 0; step < 3000; step++) {
            lines.append("{\"type\":\"step\",\"step\":%d,\"loss\":%d,\"milliseconds\":100}%n".formatted(step, step % 2 == 0 ? 1 : 3));
        }
        append("d1", lines.toString().strip());
        step("d2", 0, 2);
        CopyOnWriteArrayList<Throwable> errors = new CopyOnWriteArrayList<>();
        try (Browser browser = new Browser(folder);
                PageServer server = PageServer.ofRuns(new BaseDirectory(folder.resolve("base")), ServerOptions.atPort(0),
                        errors::add)) {
            browser.forget(server.address().replaceFirst("/runs$", ""));
            browser.run("localStorage.setItem('nanochat.runs', '{\"smooth\":0}')");
            browser.run("localStorage.setItem('nanochat.runs.shown', '{\"base/d1\":0}')");
            browser.open(server.address());
            browser.await("the whole run", () -> browser.text("#chart-loss .values").equals("2"));

            browser.run("document.querySelector('#chart-loss .canvas').focus()");
            browser.press(Keys.ARROW_RIGHT);
            browser.press("+++++");
            browser.await("single steps", () -> browser.text("#chart-loss .values").matches("[13]"));
            assertThat(browser.is("document.querySelector('#unzoom').hidden")).isFalse();
            browser.click("#log");
            browser.run("[...document.querySelectorAll('#list input')].find(box => !box.checked).click()");
            browser.await("another run beside it", () -> browser.count("#chart-loss .values span") == 2);
            browser.run("document.querySelector('#chart-loss .canvas').focus()");
            browser.press(Keys.ARROW_RIGHT);
            browser.await("the same part still", () -> browser.text("#chart-loss .values").matches(".*[13].*"));
            browser.press(Keys.ESCAPE);
            browser.await("everything", () -> browser.is("document.querySelector('#unzoom').hidden"));

            browser.drag(PointerInput.Kind.MOUSE, "#chart-loss .u-over", 0.3, 0.32);
            browser.await("a part", () -> browser.is("!document.querySelector('#unzoom').hidden"));
            browser.doubleClick("#chart-loss .u-over");
            browser.await("everything again", () -> browser.is("document.querySelector('#unzoom').hidden"));

            browser.size(390, 844);
            browser.run("document.querySelector('#charts').scrollIntoView({block: 'center'})");
            browser.drag(PointerInput.Kind.TOUCH, "#chart-loss .u-over", 0.3, 0.6);
            browser.await("a part by finger", () -> browser.is("!document.querySelector('#unzoom').hidden"));
            browser.run("document.querySelector('#unzoom').click()");
            browser.await("everything by button", () -> browser.is("document.querySelector('#unzoom').hidden"));
            assertThat(browser.complaints()).isEmpty();
        }
        assertThat(errors).isEmpty();
    }
}
