package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The whole program in a process of its own: a base model of one step, then an assistant made of it. The oracle of the resumed run is the
/// one that never stopped.
class SftCommandTest {
    @TempDir
    Path base;

    private int run(String... arguments) throws IOException, InterruptedException {
        return new Program(base).run(arguments);
    }

    private Path output() {
        return new Program(base).output();
    }

    private String meta(int step) throws IOException {
        return Files.readString(base.resolve("chatsft_checkpoints/d1/meta_%06d.json".formatted(step)));
    }

    private JsonNode lastLine() throws IOException {
        return new Program(base).lastLine();
    }

    @Test
    void anAssistantIsMadeOfTheLargestBaseModelAndTheRunCanBeResumed() throws IOException, InterruptedException {
        Tokenizer.ofMerges(List.of()).save(base.resolve("tokenizer").resolve(Tokenizer.FILE_NAME));
        assertThat(run("pretrain", "--depth", "1", "--aspect-ratio", "32", "--head-dim", "16", "--max-seq-len", "16",
                "--device-batch-size", "2", "--total-batch-size", "32", "--eval-every", "-1", "--sample-every", "-1", "--threads", "1",
                "--dtype", "f32", "--num-iterations", "1")).isZero();
        Path conversations = Files.writeString(base.resolve("mine.jsonl"),
                "[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"}]\n".repeat(3));

        assertThat(run("sft", "--data", conversations.toString(), "--num-iterations", "4", "--save-every", "2", "--threads", "1",
                "--dtype", "f32", "--recompute", "--json")).as(Files.readString(output())).isZero();
        JsonNode result = lastLine();
        assertThat(result.path("steps").asInt()).isEqualTo(4);
        assertThat(result.path("bits_per_byte").asDouble()).isPositive();
        assertThat(result.path("seconds").asDouble()).isPositive();
        assertThat(base.resolve("chatsft_checkpoints/d1/model_000004.safetensors")).exists();

        assertThat(run("sft", "--resume-from-step", "2", "--json")).as(Files.readString(output())).isZero();
        assertThat(lastLine().path("final_loss")).isEqualTo(result.path("final_loss"));
        assertThat(lastLine().path("bits_per_byte")).isEqualTo(result.path("bits_per_byte"));
        assertThat(meta(4)).as("the run kept its option").contains("\"recompute\" : true");
        assertThat(run("sft", "--resume-from-step", "2", "--recompute=false", "--json")).as(Files.readString(output())).isZero();
        assertThat(lastLine().path("final_loss")).isEqualTo(result.path("final_loss"));
        assertThat(meta(4)).contains("\"recompute\" : false", "\"recompute\" : \"false\"");

        assertThat(run("sft", "--data", conversations.toString(), "--device-batch-size", "3")).isEqualTo(1);
        assertThat(Files.readString(output())).contains("--device-batch-size 3: the base model was trained with 32 tokens a step");

        assertThat(run("eval", "--source", "sft", "--tasks", conversations + ",smalltalk", "--max-problems", "2", "--threads", "1",
                "--json")).as(Files.readString(output())).isZero();
        assertThat(lastLine().path("source").asString()).isEqualTo("sft");
        assertThat(lastLine().path("tasks").path(conversations.toString()).path("n").asInt()).isEqualTo(2);
        assertThat(lastLine().path("tasks").path("SmallTalk").path("accuracy").asDouble()).isZero();
        assertThat(run("eval", "--source", "sft", "--eval", "bpb,sample", "--data", conversations.toString(), "--eval-tokens", "64",
                "--dtype", "f32", "--device-batch-size", "2", "--threads", "1", "--json")).as(Files.readString(output())).isZero();
        assertThat(lastLine().path("bits_per_byte").asDouble()).isEqualTo(result.path("bits_per_byte").asDouble(), within(1e-3));
        assertThat(lastLine().path("replies").size()).isPositive();
        assertThat(run("eval", "--source", "sft", "--tasks", "spellingbe")).isEqualTo(1);
        assertThat(Files.readString(output())).contains("Did you mean SpellingBee?");

        Files.writeString(conversations, "[{\"role\":\"robot\",\"content\":\"Hi\"}]");
        assertThat(run("sft", "--data", conversations.toString())).isEqualTo(1);
        assertThat(Files.readString(output())).contains("mine.jsonl line 1: message 1 has the role 'robot'");
    }
}
