package nanochat.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Part;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Rewards of a user's own, also the examples of docs/rewards.md as they stand there. Oracle: rewards worked by hand.
class RewardTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private static Attempt attempt(String answer, String... expected) {
        return new Attempt(new Conversation(List.of(new Message.User("How many \"r\"s?\nCount."))), new Message.Assistant(answer),
                List.of(expected).stream().findFirst().map(Message.Assistant::new));
    }

    private static String example(String language) throws IOException {
        Matcher block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(Files.readString(Path.of("docs/rewards.md")));
        assertThat(block.find()).isTrue();
        return block.group(1);
    }

    /// What both examples do: 1 for the expected last word, less a thousandth for each character.
    private static void checkShortAndRight(Reward reward) {
        assertThat(reward.of(attempt("It is 3", "3"))).isCloseTo(0.993, within(1e-9));
        assertThat(reward.of(attempt("It is \u00e9\n4 ", "there are 3"))).isCloseTo(-0.009, within(1e-9));
        assertThat(reward.of(attempt("3"))).isCloseTo(-0.001, within(1e-9));
    }

    // ---- classes ----

    private Path jar(String name, String services, String... sources) throws IOException {
        Path classes = Files.createDirectories(folder.resolve(name + "-classes"));
        for (String source : sources) {
            Matcher className = Pattern.compile("class (\\w+)").matcher(source);
            assertThat(className.find()).isTrue();
            Path file = Files.writeString(folder.resolve(className.group(1) + ".java"), source);
            assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, "-cp", System.getProperty("java.class.path"), "-d",
                    classes
                            .toString(), file.toString())).isZero();
        }
        Path jar = folder.resolve(name + ".jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                var files = Files.list(
                        classes)) {
            for (Path file : files.toList()) {
                entries.putNextEntry(new JarEntry(file.getFileName().toString()));
                entries.write(Files.readAllBytes(file));
            }
            if (!services.isEmpty()) {
                entries.putNextEntry(new JarEntry("META-INF/services/nanochat.task.Reward"));
                entries.write(services.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
        }
        return jar;
    }

    private static String constant(String name, String value) {
        return "public class " + name + " implements nanochat.task.Reward { public double of(nanochat.task.Attempt attempt) { return "
                + value
                + "; } }";
    }

    @Test
    void theClassOfTheDocumentIsFoundInItsJar() throws IOException {
        Path jar = jar("my", "ShortAndRight\n", example("java"));
        Reward reward = RewardJars.find(List.of(jar), Optional.empty());
        checkShortAndRight(reward);
        assertThat(reward.name()).isEqualTo("ShortAndRight");
    }

    @Test
    void oneOfSeveralClassesIsNamed() throws IOException {
        Path jar = jar("two", "One\nTwo\n", constant("One", "1"), constant("Two", "2"));
        assertThat(RewardJars.find(List.of(jar), Optional.of("Two")).of(attempt("x"))).isEqualTo(2);
        assertThatThrownBy(() -> RewardJars.find(List.of(jar), Optional.empty())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("several rewards").hasMessageContaining("One, Two");
        assertThatThrownBy(() -> RewardJars.find(List.of(jar), Optional.of("Three"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("no reward Three");
    }

    @Test
    void jarsThatHaveNoneOrABrokenOneAreNamed() throws IOException {
        Path none = jar("none", "", constant("One", "1"));
        assertThatThrownBy(() -> RewardJars.find(List.of(none), Optional.empty())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("none.jar").hasMessageContaining("META-INF/services/nanochat.task.Reward");
        Path wrong = jar("wrong", "Missing", constant("One", "1"));
        assertThatThrownBy(() -> RewardJars.find(List.of(wrong), Optional.empty())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("wrong.jar").hasMessageContaining("Missing");
        assertThatThrownBy(() -> RewardJars.find(List.of(folder.resolve("nowhere.jar")), Optional.empty())).isInstanceOf(
                BadInputException.class).hasMessageContaining("nowhere.jar");
    }

    @Test
    void aClassThatFailsOrGivesNoNumberIsToldWithTheAnswer() throws IOException {
        Path jar = jar("bad", "NotANumber\nFailing\n", constant("NotANumber", "0.0 / 0"), constant("Failing", "1 / (1 - 1)"));
        assertThatThrownBy(() -> RewardJars.find(List.of(jar), Optional.of("NotANumber")).of(attempt("seven"))).isInstanceOf(
                BadInputException.class).hasMessageContaining("NaN").hasMessageContaining("seven");
        assertThatThrownBy(() -> RewardJars.find(List.of(jar), Optional.of("Failing")).of(attempt("seven"))).isInstanceOf(
                BadInputException.class).hasMessageContaining("ArithmeticException").hasMessageContaining("seven");
    }

    // ---- programs ----

    @Test
    void thePythonProgramOfTheDocumentScores() throws IOException, InterruptedException {
        assumeTrue(new ProcessBuilder("sh", "-c", "python3 --version").start().waitFor() == 0, "there is no python3");
        Path script = Files.writeString(folder.resolve("score.py"), example("python"));
        try (Reward reward = new RewardProcess("python3 '" + script + "'", PATIENCE)) {
            checkShortAndRight(reward);
        }
    }

    @Test
    void theShellProgramOfTheDocumentScores() throws IOException {
        Path script = Files.writeString(folder.resolve("score.sh"), example("sh"));
        try (Reward reward = new RewardProcess("sh '" + script + "'", PATIENCE)) {
            assertThat(reward.of(attempt("one of 9"))).isEqualTo(1);
            assertThat(reward.of(attempt("none"))).isZero();
            for (int i = 0; i < 200; i++) {
                assertThat(reward.of(attempt("answer " + i, "1"))).isEqualTo(1);
            }
        }
    }

    @Test
    void aLineHasTheConversationAndTheTextsOfBothAnswers() {
        Message.Assistant answer = new Message.Assistant(new Part.Text("It is "), new Part.Python("1+1"), new Part.PythonOutput("2"),
                new Part.Text("2"));
        JsonNode line = Json.LINE.readTree(new Attempt(new Conversation(List.of(new Message.User("1+1?"))), answer, Optional.of(
                new Message.Assistant("2"))).json());
        assertThat(line.path("answer").asString()).isEqualTo("It is 2");
        assertThat(line.path("expected").asString()).isEqualTo("2");
        assertThat(line.path("messages").path(0).path("content").asString()).isEqualTo("1+1?");
        assertThat(line.path("messages").path(1).path("content").path(1).path("type").asString()).isEqualTo("python");
        assertThat(Json.LINE.readTree(attempt("x").json()).path("expected").isNull()).isTrue();
    }

    private void refuses(String command, Duration limit, String... words) {
        try (Reward reward = new RewardProcess(command, limit)) {
            assertThatThrownBy(() -> reward.of(attempt("seven"))).isInstanceOf(BadInputException.class).hasMessageContaining(command)
                    .hasMessageContaining("\"answer\":\"seven\"").hasMessageContainingAll(words);
        }
    }

    @Test
    void aProgramThatFailsIsToldWithTheLineThatCausedIt() {
        refuses("read line; echo 'it broke' >&2; exit 3", PATIENCE, "ended with code 3", "It said:", "it broke");
        refuses("no-such-program-at-all", PATIENCE, "ended with code 127", "no-such-program-at-all: not found");
        refuses("read line; echo NaN", PATIENCE, "'NaN'");
        refuses("read line; echo great", PATIENCE, "'great'");
        refuses("read line; echo '\"1\"'", PATIENCE, "not a finite number");
        refuses("read line; echo 1e999", PATIENCE, "'1e999'");
        refuses("read line; echo '{\"score\": 1}'", PATIENCE, "\"reward\"");
        refuses("read line; echo; sleep 60", PATIENCE, "''");
    }

    @Test
    void aProgramThatDoesNotAnswerIsEndedWithTheLimit() {
        long began = System.nanoTime();
        refuses("sleep 600 & wait", Duration.ofMillis(300), "has not answered within 0.3 s");
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began)).isLessThan(60);
        assertThat(ProcessHandle.current().descendants().filter(child -> child.info().commandLine().orElse("").contains("sleep 600")))
                .isEmpty();
    }

    @Test
    void aProgramEndsWithTheRun() throws InterruptedException {
        Path mark = folder.resolve("ended");
        Reward reward = new RewardProcess("while read -r line; do echo 1; done; echo end > '" + mark + "'", PATIENCE);
        assertThat(reward.of(attempt("x"))).isEqualTo(1);
        reward.close();
        for (int i = 0; i < 100 && !Files.exists(mark); i++) {
            Thread.sleep(20);
        }
        assertThat(mark).exists();
    }
}
