package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.interactions.Interaction;
import org.openqa.selenium.interactions.PointerInput;
import org.openqa.selenium.interactions.Sequence;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/// Debian's Chromium without a window, in a profile of its own.
final class Browser implements AutoCloseable {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int DRAG_STEPS = 5;

    private final ChromeDriver driver;

    /// @param folder for its profile and what it downloads
    Browser(Path folder) {
        assumeTrue(Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
                "needs /usr/bin/chromium and /usr/bin/chromedriver:  apt-get install chromium chromium-driver fonts-noto-cjk");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.addArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=en-US",
                "--user-data-dir=" + folder.resolve("profile"));
        LoggingPreferences logging = new LoggingPreferences();
        logging.enable(LogType.BROWSER, Level.ALL);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logging);
        driver = new ChromeDriver(new ChromeDriverService.Builder().usingDriverExecutable(new File(DRIVER.toString())).usingAnyFreePort()
                .build(), options);
        driver.manage().timeouts().scriptTimeout(PATIENCE).pageLoadTimeout(PATIENCE);
        size(1280, 800);
        driver.executeCdpCommand("Browser.setDownloadBehavior", Map.of("behavior", "allow", "downloadPath", folder.toString()));
    }

    /// Opens a page that says when it is ready.
    void open(String address) {
        driver.get(address);
        await("the page", () -> is("document.documentElement.dataset.ready === 'true'"));
    }

    /// Forgets what pages of this address have kept.
    void forget(String address) {
        driver.get(address + "/web/house/icon.svg");
        run("localStorage.clear()");
    }

    void size(int width, int height) {
        driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    void prefer(String scheme) {
        driver.executeCdpCommand("Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    Object run(String script, Object... arguments) {
        return ((JavascriptExecutor) driver).executeScript(script, arguments);
    }

    boolean is(String expression) {
        return Boolean.TRUE.equals(run("return Boolean(" + expression + ")"));
    }

    String text(String selector) {
        return String.valueOf(run("return document.querySelector(arguments[0])?.textContent", selector));
    }

    long count(String selector) {
        return ((Number) run("return document.querySelectorAll(arguments[0]).length", selector)).longValue();
    }

    WebElement find(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    void click(String selector) {
        find(selector).click();
    }

    void pointAt(String selector) {
        new Actions(driver).moveToElement(find(selector)).perform();
    }

    /// Draws a line across an element that can be seen, from one share of its width to another.
    void drag(PointerInput.Kind with, String selector, double from, double to) {
        PointerInput pointer = new PointerInput(with, with.name());
        Sequence line = new Sequence(pointer, 0).addAction(move(pointer, selector, from)).addAction(pointer.createPointerDown(
                PointerInput.MouseButton.LEFT.asArg()));
        for (int i = 1; i <= DRAG_STEPS; i++) {
            line.addAction(move(pointer, selector, from + (to - from) * i / DRAG_STEPS));
        }
        line.addAction(pointer.createPointerUp(PointerInput.MouseButton.LEFT.asArg()));
        driver.perform(List.of(line));
    }

    private Interaction move(PointerInput pointer, String selector, double share) {
        String box = "const box = document.querySelector(arguments[0]).getBoundingClientRect();";
        Number x = (Number) run(box + "return Math.round(box.left + arguments[1] * box.width)", selector, share);
        Number y = (Number) run(box + "return Math.round(box.top + box.height / 2)", selector);
        return pointer.createPointerMove(Duration.ofMillis(20), PointerInput.Origin.viewport(), x.intValue(), y.intValue());
    }

    void doubleClick(String selector) {
        new Actions(driver).doubleClick(find(selector)).perform();
    }

    /// Presses keys where the focus is.
    void press(CharSequence... keys) {
        new Actions(driver).sendKeys(keys).perform();
    }

    void press(Keys held, CharSequence key) {
        new Actions(driver).keyDown(held).sendKeys(key).keyUp(held).perform();
    }

    void await(String what, Supplier<Boolean> condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.get()) {
            assertThat(System.nanoTime()).as("waited for %s for %s", what, PATIENCE).isLessThan(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /// What the browser complained about since this was last asked: errors of scripts, what the policy forbade.
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream().filter(entry -> entry.getLevel().intValue() >= Level.WARNING
                .intValue()).map(LogEntry::getMessage).toList();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
