package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.io.Json;
import nanochat.tokenizer.Tokenizer;
import nanochat.tokenizer.TokenizerEvaluation.Result;
import nanochat.tokenizer.TokenizerEvaluation.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Command;

/// The commands from arguments to output; what they compute is tested with the tokenizer.
class TokenizerCommandTest {
    @Command(name = "nanochat")
    private static final class Root {}

    @TempDir
    private Path folder;
    private Path tokenizer;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void train() throws IOException {
        tokenizer = folder.resolve("tokenizer.json");
        Path text = Files.writeString(folder.resolve("text.txt"), "the cat and the hat and the rat\n\n".repeat(50));
        int status = run("tokenizer", "train", "--data", text.toString(), "--vocab-size", "275", "--tokenizer", tokenizer.toString());
        assertThat(status).as(err.toString()).isZero();
    }

    @Test
    void trainingWritesATokenizerOfTheSizeAskedFor() {
        assertThat(Tokenizer.load(tokenizer).vocabularySize()).isEqualTo(275);
        assertThat(out.toString()).contains("275 tokens").contains(tokenizer.toString());
    }

    @Test
    void decodingWhatWasEncodedGivesTheText() {
        String ids = output("tokenizer", "encode", "the", "cat", "<|bos|>").strip();
        assertThat(ids).matches("[0-9]+( [0-9]+)+");
        List<String> arguments = new ArrayList<>(List.of("tokenizer", "decode"));
        arguments.addAll(List.of(ids.split(" ")));
        assertThat(output(arguments.toArray(String[]::new))).isEqualTo("the cat <|bos|>" + System.lineSeparator());
    }

    @Test
    void theViewShowsBoundaries() {
        assertThat(output("tokenizer", "encode", "--view", "the zoo")).contains(" |z|o|o").contains("tokens");
    }

    @Test
    void aConversationIsShownWithWhatIsTrainedOn() throws IOException {
        Path own = Files.writeString(folder.resolve("own.jsonl"),
                "[{\"role\":\"user\",\"content\":\"cat\"},{\"role\":\"assistant\",\"content\":\"hat\"}]");
        assertThat(output("tokenizer", "show-conversation", "--data", own.toString()).lines()).containsExactly(
                "- <|bos|><|user_start|>cat<|user_end|><|assistant_start|>", "+ hat<|assistant_end|>",
                Tokenizer.load(tokenizer).encode("cat").length + Tokenizer.load(tokenizer).encode("hat").length + 5 + " tokens");
        assertThat(run("tokenizer", "show-conversation", "--data", own.toString(), "--index", "1", "--tokenizer", tokenizer.toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("conversations 0 to 0");
    }

    @Test
    void theEvaluationHasALineForEveryFileOfTheUser() throws IOException {
        Path own = Files.writeString(folder.resolve("own.txt"), "the cat");
        String printed = output("tokenizer", "eval", own.toString(), "--json");
        assertThat(printed).contains("english", "emoji", "own.txt");
        Result kept = Json.read(folder.resolve("tokenizer_eval.json"), Result.class);
        assertThat(kept).isEqualTo(Json.LINE.readValue(printed.lines().toList().getLast(), Result.class));
        assertThat(kept.tokenizerSha256()).isEqualTo(TokenizerCopy.sha256(tokenizer));
        int tokens = Tokenizer.load(tokenizer).encode("the cat").length;
        assertThat(kept.rows().getLast()).isEqualTo(new Row("own.txt", 7, List.of((long) tokens)));
    }

    @Test
    void wrongInputIsExplained() {
        assertThat(run("tokenizer", "decode", "99999", "--tokenizer", tokenizer.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("no token 99999");
        assertThat(run("tokenizer", "decode", "many", "--tokenizer", tokenizer.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("'many'");
        assertThat(run("tokenizer", "train", "--data", folder.resolve("text.txt").toString(), "--vocab-size", "5000")).isEqualTo(1);
        assertThat(err.toString()).contains("too small for a vocabulary of 5000");
        assertThat(run("tokenizer", "train", "--data", folder.resolve("no.txt").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("There is no file").contains("no.txt");
    }

    @Test
    void theBenchmarkEndsWithOneJsonObject() {
        assertThat(run("bench", "tokenizer", "--megabytes", "1", "--vocab-size", "400", "--json")).isZero();
        String last = out.toString().lines().toList().getLast();
        assertThat(last).startsWith("{").endsWith("}").contains("\"encode_mb_per_second\":");
    }

    private String output(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(2, List.of("--tokenizer", tokenizer.toString()));
        out.getBuffer().setLength(0);
        assertThat(run(all.toArray(String[]::new))).as(err.toString()).isZero();
        return out.toString();
    }

    private int run(String... arguments) {
        return new CommandRunner(new Root(), List.of(new Chapter("All", Chapter.command("tokenizer", TokenizerCommand.class), Chapter
                .command("bench", BenchCommand.class))),
                new PrintWriter(out, true), new PrintWriter(err, true)).run(arguments);
    }

    @Test
    void aTokenizerIsExportedAndImported() {
        for (String form : List.of("huggingface", "tiktoken")) {
            String file = folder.resolve("exported." + form).toString();
            Path back = folder.resolve("back." + form);
            assertThat(run("tokenizer", "export", file, "--format", form, "--tokenizer", tokenizer.toString())).as(err.toString()).isZero();
            assertThat(run("tokenizer", "import", file, "--tokenizer", back.toString())).as(err.toString()).isZero();
            assertThat(back).hasSameTextualContentAs(tokenizer);
            assertThat(run("tokenizer", "import", file, "--tokenizer", back.toString())).as("it is there already").isNotZero();
            assertThat(run("tokenizer", "import", file, "--overwrite", "--tokenizer", back.toString())).isZero();
        }
    }
}
