package nanochat.cli;

import static nanochat.tokenizer.SpecialToken.ASSISTANT_END;
import static nanochat.tokenizer.SpecialToken.ASSISTANT_START;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import nanochat.chat.TestModels;
import nanochat.checkpoint.ModelStage;
import nanochat.io.BaseDirectory;
import nanochat.io.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// A server in a process of its own: its beginning, its errors, and its end by signals. The model answers `Hi!` to everything.
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class ServeCommandTest {
    private static final Pattern ADDRESS = Pattern.compile("at (http://127\\.0\\.0\\.1:(\\d+)/v1); ");

    @TempDir
    Path folder;

    private Program withModel(String name) throws IOException {
        Path base = Files.createDirectories(folder.resolve(name));
        TestModels.saveScripted(ModelStage.SFT.models(new BaseDirectory(base)), "tiny", 64,
                new TestModels.Script().chain(ASSISTANT_START, "Hi!", ASSISTANT_END));
        return new Program(base);
    }

    /// Waits until the server says where it is.
    private static Matcher address(Program program, Process process) throws Exception {
        while (true) {
            boolean alive = process.isAlive();
            String said = Files.readString(program.output());
            Matcher address = ADDRESS.matcher(said);
            if (address.find()) {
                return address;
            }
            assertThat(alive).as("it has ended: %s", said).isTrue();
            Thread.sleep(50);
        }
    }

    private static HttpRequest chat(String address, boolean stream) {
        return HttpRequest.newBuilder(URI.create(address + "/chat/completions")).POST(HttpRequest.BodyPublishers.ofString(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Who?\"}],\"temperature\":0,\"stream\":" + stream + "}")).build();
    }

    private static Map<String, String> contents(Path base) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(base)) {
            for (Path file : files.filter(Files::isRegularFile).filter(file -> !file.endsWith("output.txt")).toList()) {
                contents.put(base.relativize(file).toString(),
                        java.util.HexFormat.of().formatHex(Sha256.begin().digest(Files.readAllBytes(file))));
            }
        }
        return contents;
    }

    @Test
    @DisabledOnOs(OS.WINDOWS) // has other ways to end a process
    void aKilledServerLosesNothingAndASecondOneIsToldThatThePortIsTaken() throws Exception {
        Program program = withModel("first");
        Map<String, String> before = contents(program.base());
        Process server = program.start("serve", "--port", "0", "--threads", "1", "--weights", "f32");
        try (HttpClient client = HttpClient.newHttpClient()) {
            Matcher address = address(program, server);
            assertThat(client.send(chat(address.group(1), false), HttpResponse.BodyHandlers.ofString()).body()).contains(
                    "\"content\":\"Hi!\"");

            Program other = withModel("other");
            assertThat(other.run("serve", "--port", address.group(2), "--threads", "1")).isEqualTo(1);
            assertThat(Files.readString(other.output())).contains("error: Cannot listen at 127.0.0.1:" + address.group(2))
                    .contains("Choose another port").doesNotContain("\tat ");

            HttpResponse<java.io.InputStream> stream = client.send(chat(address.group(1), true), HttpResponse.BodyHandlers.ofInputStream());
            try (BufferedReader events = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
                assertThat(events.readLine()).isNotEmpty();
                server.destroyForcibly(); // SIGKILL
                assertThat(server.waitFor()).isEqualTo(128 + 9);
            }
            assertThat(contents(program.base())).isEqualTo(before);

            server = program.start("serve", "--port", address.group(2), "--threads", "1", "--weights", "f32");
            assertThat(address(program, server).group(2)).as("the same port is free again").isEqualTo(address.group(2));
            assertThat(client.send(chat(address.group(1), false), HttpResponse.BodyHandlers.ofString()).body()).contains(
                    "\"content\":\"Hi!\"");
            server.destroy(); // SIGTERM, as Ctrl-C
            assertThat(server.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(Files.readString(program.output())).doesNotContain("Exception");
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS) // its files have no such permissions
    void whatIsWrongIsSaidInALine() throws Exception {
        Program empty = new Program(Files.createDirectories(folder.resolve("empty")));
        assertThat(empty.run("serve", "--port", "0")).isEqualTo(1);
        assertThat(Files.readString(empty.output())).contains("error: There is no model in").doesNotContain("\tat ");

        Program program = withModel("first");
        Path keys = Files.writeString(folder.resolve("keys"), "a-key-that-is-long-enough\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-r--r--"));
        for (List<String> wrong : List.of(
                List.of("chmod 600 " + keys, "--api-key-file", keys.toString()),
                List.of("memory", "--kv-memory", "1k"),
                List.of("no address 'nowhere.invalid'", "--host", "nowhere.invalid"))) {
            assertThat(program.run("serve", "--port", "0", "--threads", "1", wrong.get(1), wrong.get(2))).as(wrong.getFirst()).isEqualTo(1);
            assertThat(Files.readString(program.output())).contains("error: ").contains(wrong.getFirst()).doesNotContain("\tat ");
        }
    }
}
