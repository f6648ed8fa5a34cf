package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import nanochat.io.Json;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The whole program in processes of its own: a model of few steps, rewarded by a program. The oracle of the run that was killed is the one that never
/// stopped.
class RlCommandTest {
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

    private Path chatModel() throws IOException, InterruptedException {
        Tokenizer.ofMerges(List.of()).save(base.resolve("tokenizer").resolve(Tokenizer.FILE_NAME));
        assertThat(run("pretrain", "--depth", "1", "--aspect-ratio", "32", "--head-dim", "16", "--max-seq-len", "32",
                "--device-batch-size", "2", "--total-batch-size", "64", "--eval-every", "-1", "--sample-every", "-1", "--threads", "1",
                "--dtype", "f32", "--num-iterations", "1")).isZero();
        Path conversations = Files.write(base.resolve("mine.jsonl"), IntStream.range(0, 40)
                .mapToObj(i -> "[{\"role\":\"user\",\"content\":\"q" + i + "\"},{\"role\":\"assistant\",\"content\":\"7\"}]").toList());
        assertThat(run("rl", "--task", conversations.toString())).isEqualTo(1);
        assertThat(output()).contains("./nanochat sft");
        assertThat(run("sft", "--data", conversations.toString(), "--num-iterations", "1", "--eval-every", "-1", "--threads", "1",
                "--dtype", "f32")).isZero();
        return conversations;
    }

    /// The rewards of every step, of a step that was done twice those of the second time.
    private Map<Integer, JsonNode> rewards() throws IOException {
        Map<Integer, JsonNode> rewards = new LinkedHashMap<>();
        for (String line : Files.readAllLines(base.resolve("chatrl_checkpoints/d1/metrics.jsonl"))) {
            JsonNode event = Json.LINE.readTree(line);
            if (event.path("type").asString().equals("rewards")) {
                rewards.put(event.path("step").asInt(), event.path("metrics").path("reward"));
            }
        }
        return rewards;
    }

    @Test
    void aRunThatWasKilledGoesOnToTheSameRewardsAndItsModelCanBeAsked() throws IOException, InterruptedException {
        assumeTrue(File.separatorChar == '/', "the reward is a program of a POSIX shell");
        Path conversations = chatModel();
        Path kill = base.resolve("kill");
        Path saved = base.resolve("chatrl_checkpoints/d1/meta_000002.json");
        // One that rewards digits, and ends the program that asks it once after step 2, if it is told to.
        String reward = "while read -r line; do if [ -e '" + kill + "' ] && [ -e '" + saved + "' ]; then rm '" + kill
                + "'; kill -9 $PPID; fi; case $line in *'\"answer\":\"'*[0-9]*'\",\"expected\"'*) echo 1 ;; *) echo 0 ;; esac; done";
        String[] command = {"rl", "--task", conversations.toString(), "--reward-command", reward, "--num-iterations", "5",
            "--examples-per-step", "3", "--num-samples", "4", "--max-new-tokens", "6", "--init-lr-frac", "3", "--eval-every", "5",
            "--eval-examples", "2", "--eval-samples", "2", "--save-every", "2", "--threads", "1", "--dtype", "f32", "--json"};
        assertThat(run(command)).as(output()).isZero();
        JsonNode whole = lastLine();
        assertThat(whole.path("steps").asInt()).isEqualTo(5);
        assertThat(whole.path("pass_at_1_before").isNumber()).isTrue();
        assertThat(whole.path("log_probability_gap").asDouble()).isBetween(0.0, 1e-4);
        assertThat(whole.path("rollout_seconds").asDouble()).isPositive();
        assertThat(output()).contains("chat --source rl");
        Map<Integer, JsonNode> expected = rewards();
        assertThat(expected).hasSize(5);
        byte[] model = Files.readAllBytes(base.resolve("chatrl_checkpoints/d1/model_000005.safetensors"));

        Files.createFile(kill);
        assertThat(run(command)).as(output()).isNotZero();
        assertThat(base.resolve("chatrl_checkpoints/d1/meta_000005.json")).doesNotExist();
        assertThat(run("rl", "--task", conversations.toString(), "--resume-from-step", "2", "--json")).as(output()).isZero();
        assertThat(rewards()).isEqualTo(expected);
        assertThat(Files.readAllBytes(base.resolve("chatrl_checkpoints/d1/model_000005.safetensors"))).isEqualTo(model);
        assertThat(lastLine().path("pass_at_1_after")).isEqualTo(whole.path("pass_at_1_after"));

        assertThat(run("eval", "--source", "rl", "--tasks", conversations.toString(), "--max-problems", "2", "--threads", "1", "--json"))
                .as(output()).isZero();
        assertThat(lastLine().path("source").asString()).isEqualTo("rl");
        assertThat(run("chat", "--source", "rl", "-p", "q1", "--max-tokens", "4", "--threads", "1")).as(output()).isZero();
        assertThat(run("report")).as(output()).isZero();
        assertThat(base.resolve("report/report.md")).content().contains("pass@1");

        assertThat(run("rl", "--task", "smoltalk")).isEqualTo(1);
        assertThat(output()).contains("has no reward to learn from");
        assertThat(run("rl", "--task", conversations.toString(), "--reward-command", "echo many", "--threads", "1")).isEqualTo(1);
        assertThat(output()).contains("many");
    }
}
