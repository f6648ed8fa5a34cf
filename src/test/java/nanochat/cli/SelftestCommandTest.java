package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/// What the command prints and its exit code, on a tokenizer of one merge. The oracle is the merge, found by eye.
class SelftestCommandTest {
    @Command(name = "nanochat", mixinStandardHelpOptions = true)
    static final class Root {}

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final CommandRunner runner = new CommandRunner(new Root(), List.of(new Chapter("Checks", Chapter.command("selftest",
            SelftestCommand.class))),
            new PrintWriter(out, true), new PrintWriter(System.err, true));

    private Path reference(int count) throws IOException {
        Files.writeString(folder.resolve("corpus.txt"), "ab ab", StandardCharsets.UTF_8);
        Files.writeString(folder.resolve("case.json"), """
                {"merges": [[97, 98, %d]], "encode": [{"text": "abc", "ids": [256, 99]}]}
                """.formatted(count), StandardCharsets.UTF_8);
        return folder;
    }

    @Test
    void theTableEndsWithTheTotal() throws IOException {
        int code = runner.run("selftest", "--case", reference(2).toString(), "--threads", "1");
        assertThat(out.toString().lines().toList()).last().isEqualTo("4 passed, 0 failed");
        assertThat(code).isZero();
    }

    @Test
    void aFailedCheckIsNamedAndDecidesTheExitCode() throws IOException {
        int code = runner.run("selftest", "--case", reference(3).toString());
        assertThat(out.toString()).containsPattern("/merge_counts .* FAILED").endsWith("3 passed, 1 failed" + System.lineSeparator());
        assertThat(code).isEqualTo(1);
    }

    @Test
    void theLastLineIsJsonWhenAskedFor() throws IOException {
        int code = runner.run("selftest", "--json", "--case", reference(3).toString());
        JsonNode json = Json.LINE.readTree(out.toString().lines().toList().getLast());
        assertThat(json.get("passed").asInt()).isEqualTo(3);
        assertThat(json.get("failed").asInt()).isEqualTo(1);
        JsonNode check = json.get("checks").get(1);
        assertThat(check.get("name").asString()).endsWith("/merge_counts");
        assertThat(check.get("error").asDouble()).isEqualTo(1);
        assertThat(check.get("bound").asDouble()).isZero();
        assertThat(check.get("ok").asBoolean()).isFalse();
        assertThat(code).isEqualTo(1);
    }
}
