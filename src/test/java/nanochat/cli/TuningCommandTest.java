package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The whole program in a process of its own: an adapter is trained, resumed, asked and merged. The oracle of the resumed run is the one that never
/// stopped, of the merged model the adapter beside its own.
class TuningCommandTest {
    @TempDir
    Path base;

    private int run(String... arguments) throws IOException, InterruptedException {
        return new Program(base).run(arguments);
    }

    private String output() throws IOException {
        return Files.readString(new Program(base).output());
    }

    private JsonNode lastLine() throws IOException {
        return new Program(base).lastLine();
    }

    @Test
    void anAdapterIsTrainedResumedAskedAndMerged() throws IOException, InterruptedException {
        Tokenizer.ofMerges(List.of()).save(base.resolve("tokenizer").resolve(Tokenizer.FILE_NAME));
        assertThat(run("pretrain", "--depth", "1", "--aspect-ratio", "32", "--head-dim", "16", "--max-seq-len", "64",
                "--device-batch-size", "2", "--total-batch-size", "128", "--eval-every", "-1", "--sample-every", "-1", "--threads", "1",
                "--dtype", "f32", "--num-iterations", "1")).isZero();
        Path conversations = Files.writeString(base.resolve("mine.jsonl"),
                "[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"}]\n".repeat(3));

        assertThat(run("sft", "--tune", "lora", "--rank", "2", "--lora-matrices", "c_q,c-proj,MLP_PROJ", "--tune-lr", "0.05", "--data",
                conversations.toString(), "--num-iterations", "4", "--save-every", "2", "--threads", "1", "--dtype", "f32", "--json")).as(
                        output()).isZero();
        JsonNode result = lastLine();
        assertThat(output()).contains("Trained beside d1: updates of rank 2 of c_q, c_proj, mlp_proj", "chat --adapter d1-lora");
        assertThat(base.resolve("adapter_checkpoints/d1-lora/model_000004.safetensors")).exists();
        assertThat(base.resolve("chatsft_checkpoints")).doesNotExist();

        assertThat(run("sft", "--tune", "lora", "--resume-from-step", "2", "--json")).as(output()).isZero();
        assertThat(lastLine().path("final_loss")).isEqualTo(result.path("final_loss"));

        List<String> question = List.of("-p", "Hi", "--temperature", "0", "--max-tokens", "8", "--weights", "f32", "--threads", "1");
        assertThat(run(arguments(List.of("chat", "--adapter", "d1-lora"), question))).as(output()).isZero();
        String beside = output();
        assertThat(run("merge", "--adapter", "d1-lora", "--output-tag", "whole", "--json")).as(output()).isZero();
        assertThat(lastLine().path("model").asString()).isEqualTo("d1");
        assertThat(run(arguments(List.of("chat", "--source", "sft", "--model-tag", "whole"), question))).as(output()).isZero();
        assertThat(output().lines().findFirst()).isEqualTo(beside.lines().findFirst());

        assertThat(run("eval", "--adapter", "d1-lora", "--eval", "bpb", "--eval-tokens", "64", "--data", conversations.toString(),
                "--threads", "1", "--dtype", "f32", "--json")).as(output()).isZero();
        assertThat(lastLine().path("source").asString()).isEqualTo("adapter");
        assertThat(lastLine().path("bits_per_byte").asDouble()).isPositive();

        // ---- what is refused, and how ----

        assertThat(run("chat", "--adapter", "d1-lora", "--model-tag", "d1", "-p", "Hi")).isEqualTo(1);
        assertThat(output()).contains("--adapter d1-lora knows the model that it belongs to: leave --model-tag out");
        assertThat(run("sft", "--adapter", "mine")).isEqualTo(1);
        assertThat(output()).contains("--adapter is a setting of --tune");
        assertThat(run("sft", "--tune", "lora", "--prefix-tokens", "4")).isEqualTo(1);
        assertThat(output()).contains("--prefix-tokens is a setting of --tune prefix");
        assertThat(run("sft", "--rank", "4")).isEqualTo(1);
        assertThat(output()).contains("--rank is a setting of --tune lora");
        assertThat(run("sft", "--frozen-prompt", "nowhere.txt")).isEqualTo(1);
        assertThat(output()).contains("--frozen-prompt: there is no file nowhere.txt");
        assertThat(run("sft", "--tune", "lora", "--rank", "33")).isEqualTo(1);
        assertThat(output()).contains("--rank 33: c_q is a matrix of 32 x 32, an update of it has at most rank 32");
    }

    private static String[] arguments(List<String> first, List<String> then) {
        return Stream.concat(first.stream(), then.stream()).toArray(String[]::new);
    }
}
