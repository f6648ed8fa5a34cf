package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The whole program in a process of its own; what a report says is tested with it.
class ReportCommandTest {
    @TempDir
    private Path base;

    private int run(String... arguments) throws IOException, InterruptedException {
        return new Program(base).run(Stream.concat(Stream.of("report"), Stream.of(arguments)).toArray(String[]::new));
    }

    private Path output() {
        return new Program(base).output();
    }

    @Test
    void aReportIsWrittenWhereItIsWantedAndNamed() throws Exception {
        assertThat(run()).isEqualTo(1);
        assertThat(output()).content().contains("train a model first").doesNotContain("\tat ");

        Path model = Files.createDirectories(base.resolve("base_checkpoints/d1"));
        Files.writeString(model.resolve("metrics.jsonl"), "{\"type\":\"evaluation\",\"step\":0,\"bits_per_byte\":2.5,\"tokens\":1,"
                + "\"bytes\":1,\"seconds\":1}\n");
        assertThat(run("--json")).isZero();
        JsonNode result = Json.LINE.readTree(Files.readAllLines(output()).getLast());
        assertThat(result.path("model_tag").asString()).isEqualTo("d1");
        assertThat(Path.of(result.path("html").asString())).isEqualTo(base.resolve("report/report.html")).isRegularFile();
        assertThat(Path.of(result.path("markdown").asString())).content().contains("2.500");

        assertThat(run("--output", base.resolve("other/place").toString(), "--dollars-per-hour", "2")).isZero();
        assertThat(base.resolve("other/place/report.md")).content().contains("cost at $2.00 an hour");

        assertThat(run("--dollars-per-hour", "-1")).isEqualTo(1);
        assertThat(output()).content().contains("--dollars-per-hour must be a number that is not negative, is -1.0");
    }
}
