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

/// The whole program in processes of its own: a model with several heads and one without, of a few steps, draft for each other.
class DraftOptionsTest {
    @TempDir
    Path base;

    private int run(String... arguments) throws IOException, InterruptedException {
        return new Program(base).run(arguments);
    }

    private String output() throws IOException {
        return Files.readString(new Program(base).output());
    }

    private void pretrain(String tag, String objective) throws IOException, InterruptedException {
        assertThat(run("pretrain", "--model-tag", tag, "--objective", objective, "--depth", "2", "--aspect-ratio", "16", "--head-dim", "16",
                "--max-seq-len", "64", "--device-batch-size", "2", "--total-batch-size", "128", "--eval-every", "-1", "--sample-every",
                "-1",
                "--threads", "1", "--dtype", "f32", "--num-iterations", "3")).as(objective).isZero();
    }

    @Test
    void headsAndModelsDraftAndTheTokensAreTheSame() throws Exception {
        Tokenizer.ofMerges(List.of()).save(base.resolve("tokenizer").resolve(Tokenizer.FILE_NAME));
        pretrain("several", "multi-token");
        pretrain("single", "next-token");
        for (String draft : new String[]{"heads", "single"}) {
            assertThat(run("bench", "infer", "--draft", draft, "--model-tag", "several", "--source", "base", "--prompt-tokens", "20",
                    "--decode-tokens", "6", "--draft-tokens", "2", "--threads", "1", "--json")).as(output()).isZero();
            JsonNode result = new Program(base).lastLine();
            assertThat(result.get("identical").asBoolean()).isTrue();
            assertThat(result.get("tokens_per_second").asDouble()).isPositive();
            assertThat(result.get("plain_tokens_per_second").asDouble()).isPositive();
            assertThat(result.get("accepted_per_step").asDouble()).isBetween(0.0, 2.0);
            assertThat(result.get("prompt_tokens").asInt()).as("a quarter of the context").isEqualTo(16);
            assertThat(result.get("decode_tokens").asInt()).isEqualTo(6);
        }
        assertThat(run("chat", "--source", "base", "--model-tag", "several", "-p", "The", "--temperature", "0")).as(output()).isZero();
        String plain = output();
        assertThat(run("chat", "--source", "base", "--model-tag", "several", "-p", "The", "--temperature", "0", "--draft", "heads"))
                .as(output()).isZero();
        assertThat(output()).isEqualTo(plain);
        assertThat(run("chat", "--source", "base", "--model-tag", "single", "-p", "The", "--draft", "heads")).isEqualTo(1);
        assertThat(output()).contains("no extra heads that could draft", "--objective multi-token");
        assertThat(run("bench", "infer", "--model-tag", "single")).isEqualTo(1);
        assertThat(output()).contains("only measured with --draft");
    }
}
