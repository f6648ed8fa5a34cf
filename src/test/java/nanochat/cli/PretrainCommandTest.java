package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import nanochat.io.Json;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The whole program in a process of its own, as a user starts it and stops it.
class PretrainCommandTest {
    private static final List<String> TINY = List.of("--depth", "1", "--aspect-ratio", "32", "--head-dim", "16", "--max-seq-len", "16",
            "--device-batch-size", "2", "--total-batch-size", "32", "--eval-every", "-1", "--sample-every", "-1", "--threads", "1",
            "--dtype", "f32");

    @TempDir
    Path base;

    private Process start(String command, List<String> arguments) throws IOException {
        return new Program(base).start(Stream.concat(Stream.of(command), arguments.stream()).toArray(String[]::new));
    }

    private Path output() {
        return new Program(base).output();
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    private static List<String> with(List<String> arguments, String... more) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of(more));
        return all;
    }

    private JsonNode lastLine() throws IOException {
        return Json.LINE.readTree(Files.readAllLines(output()).getLast());
    }

    private void saveTokenizer() {
        Tokenizer.ofMerges(List.of()).save(base.resolve("tokenizer").resolve(Tokenizer.FILE_NAME));
    }

    @Test
    void withoutATokenizerItSaysHowToGetOne() throws Exception {
        assertThat(exitCode(start("pretrain", TINY))).isEqualTo(1);
        assertThat(output()).content().contains("nanochat tokenizer train").doesNotContain("\tat ");
    }

    @Test
    void sizesThatDoNotDivideAreNamed() throws Exception {
        saveTokenizer();
        assertThat(exitCode(start("pretrain", List.of("--device-batch-size", "3", "--total-batch-size", "1000")))).isEqualTo(1);
        assertThat(output()).content().contains("--total-batch-size 1000 is not a multiple of --device-batch-size 3 x --max-seq-len 512")
                .doesNotContain("\tat ");
        assertThat(exitCode(start("pretrain", List.of("--target-param-data-ratio", "-1")))).isEqualTo(1);
        assertThat(output()).content().contains("One of --num-iterations, --target-flops and --target-param-data-ratio must be above 0");
        assertThat(exitCode(start("pretrain", with(TINY, "--num-iterations", "1", "--warmdown-ratio", "2")))).isEqualTo(1);
        assertThat(output()).content().contains("--warmdown-ratio must be between 0 and 1, is 2.0");
    }

    @Test
    void aSmallRunTakesSmallStepsUnlessTheOriginalsAreAskedForAndGoesOnSo() throws Exception {
        saveTokenizer();
        List<String> small = List.of("--depth", "1", "--aspect-ratio", "32", "--head-dim", "16", "--max-seq-len", "64",
                "--device-batch-size", "4", "--target-flops", "1.5e10", "--eval-every", "-1", "--sample-every", "-1", "--threads", "1",
                "--dtype", "f32", "--model-tag", "small", "--save-every", "1");
        assertThat(exitCode(start("pretrain", small))).isZero();
        assertThat(output()).content().contains(" steps of 4096 tokens (16 x 4 x 64)");
        assertThat(exitCode(start("pretrain", List.of("--model-tag", "small", "--resume-from-step", "1")))).isZero();
        assertThat(output()).content().contains(" steps of 4096 tokens (16 x 4 x 64)");
        assertThat(exitCode(start("pretrain", with(small, "--total-batch-size", "1024")))).isZero();
        assertThat(output()).content().as("what is given beside a recipe holds").contains(" steps of 1024 tokens");
        assertThat(exitCode(start("pretrain", with(small, "--recipe", "original", "--num-iterations", "1")))).isZero();
        assertThat(output()).content().as("the best batch by the scaling laws").contains(" 1 steps of 32768 tokens");
    }

    @Test
    void aModelWithAMemoryIsMeasuredWithItAndWithout() throws Exception {
        saveTokenizer();
        assertThat(exitCode(start("pretrain", with(TINY, "--recurrence", "16", "--packing", "stream")))).isEqualTo(1);
        assertThat(output()).content().contains("--recurrence 16 needs --packing continued: with stream no row goes on").doesNotContain(
                "\tat ");
        assertThat(exitCode(start("pretrain", with(TINY, "--recurrence", "16", "--num-iterations", "2", "--model-tag", "recurrent"))))
                .isZero();
        assertThat(output()).content().contains("every row sees the last 16 tokens of the row before");
        assertThat(exitCode(start("pretrain", List.of("--model-tag", "recurrent", "--resume-from-step", "2", "--num-iterations", "3"))))
                .isZero();
        assertThat(exitCode(start("eval", List.of("--eval", "bpb", "--eval-tokens", "256", "--threads", "1", "--json")))).isZero();
        assertThat(output()).content().contains("without memory, each row alone: ");
        assertThat(lastLine().path("step").asInt()).isEqualTo(3);
        assertThat(lastLine().path("bits_per_byte").asDouble()).isBetween(1.0, 9.0);
        assertThat(lastLine().path("bits_per_byte_without_memory").asDouble()).isBetween(1.0, 9.0);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
    void aRunThatIsTerminatedSavesItselfGoesOnWithItsOptionsAndCanBeMeasured() throws Exception {
        saveTokenizer();
        Process process = start("pretrain", with(TINY, "--num-iterations", "1000000", "--model-tag", "tiny", "--recompute",
                "--tensorboard"));
        Path metrics = base.resolve("base_checkpoints/tiny/metrics.jsonl");
        while (process.isAlive() && !(Files.exists(metrics) && Files.readString(metrics).contains("\"type\":\"step\""))) {
            Thread.sleep(20);
        }
        process.destroy();
        assertThat(exitCode(process)).isEqualTo(128 + 15);
        assertThat(output()).content().contains("Stopping and saving", "--model-tag tiny --resume-from-step ");
        String stopped = Files.readAllLines(metrics).getLast();
        assertThat(stopped).contains("\"type\":\"stopped\"");
        int step = Json.LINE.readTree(stopped).path("step").asInt();

        String end = Integer.toString(step + 2);
        assertThat(exitCode(start("pretrain", List.of("--model-tag", "tiny", "--resume-from-step", Integer.toString(step),
                "--num-iterations", end, "--json")))).isZero();
        JsonNode result = lastLine();
        assertThat(result.path("steps").asInt()).isEqualTo(step + 2);
        assertThat(result.path("iterations").asInt()).isEqualTo(step + 2);
        assertThat(Files.readString(base.resolve("base_checkpoints/tiny/meta_%06d.json".formatted(step + 2))))
                .as("a resumed run takes the options it began with").contains("\"recompute\" : true");
        try (Stream<Path> files = Files.list(base.resolve("base_checkpoints/tiny"))) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("events.out.tfevents.")))
                    .as("one of the run, and one of its continuation, which was not asked again").hasSize(2);
        }
        assertThat(result.path("final_loss").asDouble()).isBetween(0.0, Math.log(265) + 1);
        assertThat(result.path("bits_per_byte").isNull()).as("it was never validated").isTrue();
        assertThat(result.path("seconds").asDouble()).isPositive();
        assertThat(result.path("peak_bytes").asLong(Long.MAX_VALUE)).as("a Java machine with a model, or a system that does not tell")
                .isGreaterThan(1 << 24);
        assertThat(Files.readString(base.resolve("base_checkpoints/tiny/meta_%06d.json".formatted(step + 2))))
                .contains("\"device_batch_size\" : \"2\"", "\"num_iterations\" : \"" + end + "\"");

        assertThat(exitCode(start("eval", List.of("--eval", "bpb", "--eval-tokens", "64", "--threads", "1", "--json")))).isZero();
        assertThat(lastLine().path("model_tag").asString()).isEqualTo("tiny");
        assertThat(lastLine().path("bits_per_byte").asDouble()).isBetween(1.0, 9.0);
    }
}
