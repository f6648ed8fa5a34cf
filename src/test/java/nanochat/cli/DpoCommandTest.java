package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The whole program in a process of its own: an assistant of few steps, and one that learned what is preferred. The oracle of the resumed run is the one
/// that never stopped.
class DpoCommandTest {
    @TempDir
    Path base;

    private int run(String... arguments) throws IOException, InterruptedException {
        return new Program(base).run(arguments);
    }

    private Path output() {
        return new Program(base).output();
    }

    private JsonNode lastLine() throws IOException {
        return new Program(base).lastLine();
    }

    @Test
    void aChatModelLearnsWhatIsPreferredAndTheRunCanBeResumed() throws IOException, InterruptedException {
        Tokenizer.ofMerges(List.of()).save(base.resolve("tokenizer").resolve(Tokenizer.FILE_NAME));
        assertThat(run("pretrain", "--depth", "1", "--aspect-ratio", "32", "--head-dim", "16", "--max-seq-len", "32",
                "--device-batch-size", "2", "--total-batch-size", "64", "--eval-every", "-1", "--sample-every", "-1", "--threads", "1",
                "--dtype", "f32", "--num-iterations", "1")).isZero();
        Path conversations = Files.writeString(base.resolve("mine.jsonl"),
                "[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"}]\n".repeat(3));
        assertThat(run("dpo", "--data", conversations.toString())).isEqualTo(1);
        assertThat(Files.readString(output())).contains("./nanochat sft");
        assertThat(run("sft", "--data", conversations.toString(), "--num-iterations", "1", "--eval-every", "-1", "--threads", "1",
                "--dtype",
                "f32")).isZero();

        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            lines.append("{\"prompt\":\"q").append(i).append("\",\"chosen\":\"YES\",\"rejected\":\"no\"}\n");
        }
        Path pairs = Files.writeString(base.resolve("pairs.jsonl"), lines + "{\"prompt\":\"q\",\"chosen\":\"x\",\"rejected\":\"x\"}\n");
        assertThat(run("dpo", "--data", pairs.toString(), "--num-iterations", "6", "--pairs-per-step", "8", "--device-batch-size", "4",
                "--init-lr-frac", "0.5", "--save-every", "3", "--threads", "1", "--dtype", "f32", "--json")).as(Files.readString(output()))
                .isZero();
        assertThat(Files.readString(output())).contains("1 of 17 pairs have the same answer twice", "chat --source dpo");
        JsonNode result = lastLine();
        assertThat(result.path("accuracy_before").asDouble()).isEqualTo(0.5);
        assertThat(result.path("accuracy_after").asDouble()).isEqualTo(1);
        assertThat(result.path("margin").asDouble()).isPositive();
        assertThat(result.path("pairs").asInt()).isEqualTo(16);

        assertThat(run("dpo", "--data", pairs.toString(), "--resume-from-step", "3", "--json")).as(Files.readString(output())).isZero();
        for (String field : List.of("accuracy_after", "margin", "final_loss")) {
            assertThat(lastLine().path(field)).isEqualTo(result.path(field));
        }
        assertThat(Files.readString(base.resolve("chatdpo_checkpoints/d1/metrics.jsonl"))).contains("\"type\":\"preferences\"",
                "\"type\":\"preference_validation\"");
        assertThat(run("eval", "--source", "dpo", "--tasks", conversations.toString(), "--max-problems", "2", "--threads", "1", "--json"))
                .as(Files.readString(output())).isZero();
        assertThat(lastLine().path("source").asString()).isEqualTo("dpo");
        assertThat(run("report")).as(Files.readString(output())).isZero();

        assertThat(run("dpo", "--data", pairs.toString(), "--device-batch-size", "3")).isEqualTo(1);
        assertThat(Files.readString(output())).contains("--device-batch-size must be even");
        assertThat(run("dpo", "--data", pairs.toString(), "--beta", "0")).isEqualTo(1);
        assertThat(Files.readString(output())).contains("--beta must be above 0");
    }
}
