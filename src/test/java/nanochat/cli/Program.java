package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import tools.jackson.databind.JsonNode;

/// The whole program in processes of its own.
///
/// @param base where it keeps everything, and where the last process writes what it prints
record Program(Path base) {
    Process start(String... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                "nanochat.Nanochat"));
        words.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output().toFile());
        builder.environment().put(BaseDirectory.VARIABLE, base.toString());
        return builder.start();
    }

    /// The exit code.
    int run(String... arguments) throws IOException, InterruptedException {
        Process process = start(arguments);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    /// What the last process printed.
    Path output() {
        return base.resolve("output.txt");
    }

    JsonNode lastLine() throws IOException {
        return Json.LINE.readTree(Files.readAllLines(output()).getLast());
    }
}
