package nanochat.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import nanochat.io.BaseDirectory;
import nanochat.runs.RunsWatcher.Changes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Files of metrics as they grow, are cut short, replaced, moved aside and removed, and what the watcher says of them.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class RunsWatcherTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path base;

    private RunsWatcher watcher;

    @BeforeEach
    void start() {
        watcher = new RunsWatcher(new BaseDirectory(base));
    }

    @AfterEach
    void stop() {
        watcher.close();
    }

    private Path metrics(String tag) throws IOException {
        return Files.createDirectories(base.resolve("base_checkpoints").resolve(tag)).resolve("metrics.jsonl");
    }

    private static String step(int step, double loss) {
        return """
                {"type":"step","step":%d,"loss":%s,"smooth_loss":3,"learning_rate_multiplier":1,"milliseconds":100,"tokens_per_second":2560,\
                "gigaflops_per_second":1.25,"epoch":1,"training_seconds":%s,"seconds_left":9,"time":"%s"}
                """
                .formatted(step, loss, (step + 1) / 10.0, Instant.now());
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /// Waits until what is said of all runs is as expected.
    private Map<String, RunSummary> await(Predicate<Map<String, RunSummary>> expected) throws InterruptedException {
        Map<String, RunSummary> all = new java.util.TreeMap<>();
        long version = 0;
        while (true) {
            Changes changes = watcher.changes(version, LONG).orElseThrow();
            version = changes.version();
            all.keySet().retainAll(changes.names());
            changes.runs().forEach(run -> all.put(run.name(), run));
            if (expected.test(all)) {
                return all;
            }
        }
    }

    private RunSummary awaitStep(String name, int step) throws InterruptedException {
        return await(all -> all.containsKey(name) && all.get(name).step() == step).get(name);
    }

    private Track.Part steps(String name) {
        return watcher.curves(name, "").orElseThrow().tracks().get("step");
    }

    @Test
    void withoutRunsItSaysThatThereAreNone() throws Exception {
        Changes changes = watcher.changes(0, LONG).orElseThrow();
        assertThat(changes.names()).isEmpty();
        assertThat(watcher.changes(changes.version(), Duration.ofMillis(1))).isEmpty();
        assertThat(watcher.curves("base/none", "")).isEmpty();
        assertThat(watcher.details("base/../../etc/passwd")).isEmpty();
        assertThat(watcher.evaluation("base/none")).isEmpty();
    }

    @Test
    void aRunIsFollowedAsItGrows() throws Exception {
        Path file = metrics("d1");
        append(file, step(0, 5));
        RunSummary first = awaitStep("base/d1", 1);
        assertThat(first.loss()).contains(5.0);
        assertThat(first.tokens()).isEqualTo(256);
        assertThat(first.status()).isEqualTo(RunStatus.UNDER_WAY);
        String known = watcher.curves("base/d1", "").orElseThrow().known();

        append(file, step(1, 4) + "{\"type\":\"evaluation\",\"step\":2,\"bits_per_byte\":1.5}\n" + step(2, 3));
        RunSummary second = awaitStep("base/d1", 3);
        assertThat(second.bitsPerByte()).contains(1.5);
        RunCurves more = watcher.curves("base/d1", known).orElseThrow();
        assertThat(more.more()).isTrue();
        assertThat(more.tracks().get("step").step()).as("the last one that was known, and what came since").containsExactly(0, 1, 2);
        assertThat(more.tracks().get("evaluation").mean()).containsEntry("bits_per_byte", List.of(Optional.of(1.5)));
        assertThat(more.tracks().get("evaluation").tokens()).containsExactly(512);
        RunCurves nothing = watcher.curves("base/d1", more.known()).orElseThrow();
        assertThat(nothing.tracks().get("step").from()).isEqualTo(2);
        assertThat(nothing.tracks().get("step").step()).containsExactly(2);
    }

    @Test
    void halfALineIsReadWhenItIsWholeAndNonsenseIsCounted() throws Exception {
        Path file = metrics("d1");
        byte[] whole = (step(0, 5) + "{\"type\":\"note\",\"step\":1,\"text\":\"größer\"}\n").getBytes(StandardCharsets.UTF_8);
        for (byte each : whole) { // also within a character
            Files.write(file, new byte[]{each}, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        append(file, "{\"type\":\"st\nno JSON\n\n[1,2]\n{\"type\":\"unheard of\",\"step\":1}\n" + step(1, 4)
                + "{\"type\":\"step\",\"step\":2");
        awaitStep("base/d1", 2);
        RunDetails details = watcher.details("base/d1").orElseThrow();
        assertThat(details.notes()).containsExactly("größer");
        assertThat(details.unreadable()).isEqualTo(2);
        append(file, ",\"loss\":2}\n");
        assertThat(awaitStep("base/d1", 3).loss()).contains(2.0);
    }

    @Test
    void aFileThatIsReplacedOrCutShortIsReadAnew() throws Exception {
        Path file = metrics("d1");
        append(file, step(0, 5) + step(1, 4) + step(2, 3));
        awaitStep("base/d1", 3);
        String known = watcher.curves("base/d1", "").orElseThrow().known();

        Path other = file.resolveSibling("new"); // as a resumed run does that takes steps again
        Files.writeString(other, step(0, 5) + step(1, 3.5));
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
        assertThat(awaitStep("base/d1", 2).loss()).contains(3.5);
        RunCurves anew = watcher.curves("base/d1", known).orElseThrow();
        assertThat(anew.more()).isFalse();
        assertThat(anew.tracks().get("step").mean()).containsEntry("loss", List.of(Optional.of(5.0), Optional.of(3.5)));

        Files.writeString(file, step(0, 6));
        awaitStep("base/d1", 1);
        assertThat(steps("base/d1").mean()).containsEntry("loss", List.of(Optional.of(6.0)));
    }

    @Test
    void aRunThatMakesWayIsKnownByItsNewNameAndOneThatIsRemovedIsForgotten() throws Exception {
        append(metrics("d1"), step(0, 5) + step(1, 4));
        awaitStep("base/d1", 2);
        Files.move(base.resolve("base_checkpoints/d1"), base.resolve("base_checkpoints/d1.previous"));
        append(metrics("d1"), step(0, 7));
        Map<String, RunSummary> both = await(all -> all.size() == 2 && all.containsKey("base/d1") && all.get("base/d1").step() == 1);
        assertThat(both.get("base/d1.previous").step()).isEqualTo(2);
        assertThat(steps("base/d1.previous").mean()).containsEntry("loss", List.of(Optional.of(5.0), Optional.of(4.0)));

        try (Stream<Path> files = Files.walk(base.resolve("base_checkpoints/d1.previous"))) {
            for (Path each : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
        assertThat(await(all -> all.size() == 1)).containsOnlyKeys("base/d1");
    }

    @Test
    void samplesAndAnswersAreKeptTheFirstAndTheNewest() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int step = 0; step < 100; step++) {
            lines.append("{\"type\":\"samples\",\"step\":").append(step).append(
                    ",\"completions\":[{\"prompt\":\"The capital of France is\",\"completion\":\" ").append("x".repeat(step * 100)).append(
                            "\",\"right\":true}]}\n");
        }
        append(metrics("d1"), lines + step(100, 1));
        awaitStep("base/d1", 101);
        List<RunDetails.Round> rounds = watcher.details("base/d1").orElseThrow().samples();
        assertThat(rounds).hasSizeLessThan(30);
        assertThat(rounds.getFirst().step()).isZero();
        assertThat(rounds.getLast().step()).isEqualTo(99);
        assertThat(rounds.getLast().said().getFirst().text().length()).isLessThan(700);
    }

    @Test
    void whatIsNoAnswerOfOursKnowsNothing() {
        for (String text : List.of("", "x", "1,", "1,step:1", "99999999999", "1,step:-1:2", "1,step:1:2" + ",a:1:1".repeat(20))) {
            assertThat(RunCurves.Known.parse(text)).as(text).isEqualTo(RunCurves.Known.NONE);
        }
        assertThat(RunCurves.Known.parse("3,step:2:700").of("step")).containsExactly(2, 700);
    }

    @Test
    void partsOfALongRunAreToldFinerThanTheWhole() throws Exception {
        int steps = 20_000;
        StringBuilder lines = new StringBuilder();
        for (int step = 0; step < steps; step++) {
            lines.append(step(step, 1 + step % 7));
        }
        append(metrics("long"), lines.toString());
        awaitStep("base/long", steps);
        Track.Part whole = watcher.curves("base/long", "").orElseThrow().tracks().get("step");
        assertThat(whole.width()).isEqualTo(32);
        for (int[] range : new int[][]{{0, 0}, {0, 300}, {777, 1200}, {5_000, 9_000}, {19_500, 19_999}, {19_999, 19_999}, {0, 19_999}}) {
            CloseUp part = watcher.closeUp("base/long", range[0], range[1]).orElseThrow();
            if (range[1] - range[0] > 19_000) {
                assertThat(part.tracks()).as("no more to see").isEmpty();
                continue;
            }
            Track.Part close = part.tracks().get("step");
            assertThat(close.step().length).isLessThanOrEqualTo(Track.MOST);
            assertThat(close.width()).isEqualTo(range[1] - range[0] > 1000 ? 4 : 1);
            assertThat(part.after()).isLessThan(range[0] + (range[0] == 0 ? 1 : 0)).isGreaterThanOrEqualTo(range[0] - 65);
            assertThat(part.upTo()).isBetween(range[1], Math.min(steps - 1, range[1] + 65));
            assertThat(close.step()[close.step().length - 1]).isEqualTo(part.upTo());
            for (int i = 0; close.width() == 1 && i < close.step().length; i++) {
                int step = close.step()[i];
                assertThat(step).isEqualTo(part.after() + 1 + i);
                assertThat(close.mean().get("loss").get(i).orElseThrow()).isEqualTo(1 + step % 7);
                assertThat(close.seconds()[i]).isCloseTo((step + 1) / 10.0, within(1e-2));
                assertThat(close.tokens()[i]).as("counted from the run's beginning").isCloseTo(256.0 * (step + 1), within(26.0));
            }
        }
        assertThat(watcher.closeUp("base/absent", 0, 5)).isEmpty();
        append(metrics("short"), step(0, 5) + step(1, 4));
        awaitStep("base/short", 2);
        assertThat(watcher.closeUp("base/short", 0, 5).orElseThrow().tracks()).as("the whole has it all").isEmpty();
    }
}
