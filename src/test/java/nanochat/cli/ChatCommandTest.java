package nanochat.cli;

import static nanochat.tokenizer.SpecialToken.ASSISTANT_END;
import static nanochat.tokenizer.SpecialToken.ASSISTANT_START;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import nanochat.chat.TestModels;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelStage;
import nanochat.io.BaseDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The whole program in a process of its own, with pipes. The model is scripted: it answers `Helö!` to everything.
class ChatCommandTest {
    @TempDir
    Path base;

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void saveModel() {
        TestModels.saveScripted(ModelStage.SFT.models(new BaseDirectory(base)), "scripted", 64,
                new TestModels.Script().chain(ASSISTANT_START, "Helö!", ASSISTANT_END));
    }

    private static List<String> command(String... arguments) {
        List<String> words = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dstdout.encoding=UTF-8", "-cp",
                System.getProperty("java.class.path"), "nanochat.Nanochat", "chat", "--threads", "1", "--temperature", "0"));
        words.addAll(List.of(arguments));
        return words;
    }

    private Process start(List<String> words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words).redirectOutput(base.resolve("out").toFile())
                .redirectError(base.resolve("err").toFile());
        builder.environment().put(BaseDirectory.VARIABLE, base.toString());
        return builder.start();
    }

    private Result run(String input, String... arguments) throws Exception {
        Process process = start(command(arguments));
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        return result(process);
    }

    private Result result(Process process) throws Exception {
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        return new Result(process.exitValue(), Files.readString(base.resolve("out")), Files.readString(base.resolve("err")));
    }

    @Test
    void everyLineOfAPipeIsAMessageAndOnlyAnswersComeOut() throws Exception {
        Result result = run("Hi there, Grüße\n\n/help\nthird of them\nfourth of them");
        assertThat(result.out()).isEqualTo("Helö!\n".repeat(4));
        assertThat(result.err()).contains("no longer reads the oldest turn.").doesNotContain("error");
        assertThat(result.code()).isZero();
    }

    @Test
    void aLineThatIsTooLongEndsTheProgramAndSaysWhichItWas() throws Exception {
        Result result = run("Hi\n\n" + "x".repeat(100) + "\nnever read\n");
        assertThat(result.out()).isEqualTo("Helö!\n");
        assertThat(result.err()).contains("error: Line 3: The message is too long: 104 tokens");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void onePromptHasOneAnswer() throws Exception {
        assertThat(run("never read", "-p", "Hi", "--max-tokens", "3")).satisfies(result -> {
            assertThat(result.out()).isEqualTo("Hel\n");
            assertThat(result.err()).contains("cut off after 3 tokens (--max-tokens)");
            assertThat(result.code()).isZero();
        });
        assertThat(run("of\nseveral\nlines", "-p", "-", "--weights", "int8").out()).isEqualTo("Helö!\n");
    }

    @Test
    void aSmallerModelMayDraftWhatIsSaid() throws Exception {
        CheckpointDirectory wrong = TestModels.saveScripted(ModelStage.BASE.models(new BaseDirectory(base)), "small", 64,
                new TestModels.Script().chain(ASSISTANT_START, "Hello!", ASSISTANT_END));
        for (String draft : List.of("scripted", "small", wrong.folder().toString())) {
            Result result = run("Hi\nHi\n", "--draft-model", draft, "--model-tag", "scripted");
            assertThat(result.out()).as(result.err()).isEqualTo("Helö!\n".repeat(2));
        }
        assertThat(run("", "-p", "Hi", "--draft-model", "nobody").err()).contains("nobody");
    }

    @Test
    void wrongOptionsAndMissingModelsAreOneLineEach() throws Exception {
        assertThat(run("", "--source", "moon").code()).isEqualTo(2);
        Result refused = run("", "-p", "Hi", "--top-p", "0");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("top-p must be above 0");
        Result missing = run("", "-p", "Hi", "--source", "base");
        assertThat(missing.err()).contains("There is no model in", "./nanochat speedrun").doesNotContain("\tat ");
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.out()).isEmpty();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no sh")
    void aReaderWhoLeavesEarlyIsNoError() throws Exception {
        Process process = start(List.of("/bin/sh", "-c", quoted(command()) + " | head -c 3"));
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write("Hi\n".repeat(50).getBytes(StandardCharsets.UTF_8));
        } catch (IOException nobodyReads) {
            // the program has ended before it was told everything
        }
        Result result = result(process);
        assertThat(result.out()).isEqualTo("Hel");
        assertThat(result.err()).doesNotContain("error", "Exception");
    }

    private static String quoted(List<String> words) {
        return words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    }
}
