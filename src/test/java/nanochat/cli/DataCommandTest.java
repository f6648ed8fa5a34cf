package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import nanochat.tokenizer.Merge;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// Oracle: rows packed by hand, documents counted by hand.
class DataCommandTest {
    @TempDir
    Path folder;

    private Path tokenizer;

    @BeforeEach
    void saveTokenizer() {
        tokenizer = folder.resolve("tokenizer.json");
        Tokenizer.ofMerges(List.of(new Merge('a', 'b'))).save(tokenizer);
    }

    private String inspect(String... options) {
        List<String> arguments = new ArrayList<>(List.of("inspect", "--tokenizer", tokenizer.toString()));
        arguments.addAll(List.of(options));
        return run(new DataCommand(), arguments);
    }

    private static String run(Object command, List<String> arguments) {
        StringWriter out = new StringWriter();
        CommandLine commandLine = new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true).setOut(new PrintWriter(out))
                .setErr(new PrintWriter(out));
        assertThat(commandLine.execute(arguments.toArray(String[]::new))).as(out.toString()).isZero();
        return out.toString();
    }

    @Test
    void rowsShowTokensDocumentsAndWhatIsCropped() throws IOException {
        Path data = Files.writeString(folder.resolve("a.txt"), "held out\n\nabé\nc\n\nabababab");
        // one document of 6 tokens and one of 5, in rows of 8: the larger one, then 2 tokens of the smaller one
        assertThat(inspect("--data", data.toString(), "--rows", "1", "--max-seq-len", "7").lines()).startsWith(
                "row 0, then 3 tokens cropped",
                "<|bos|>|ab|\\xc3|\\xa9|⏎|c|",
                "<|bos|>|ab|");
        assertThat(inspect("--data", data.toString(), "--rows", "2", "--max-seq-len", "7", "--packing", "stream").lines()).containsExactly(
                "row 0",
                "<|bos|>|ab|\\xc3|\\xa9|⏎|c|",
                "<|bos|>|ab|",
                "row 1",
                "ab|ab|ab|ab|",
                "<|bos|>|ab|\\xc3|\\xa9|",
                "0.00% of the tokens cropped in 2000 rows, packing STREAM, epoch 1273");
    }

    @Test
    void theBuiltInCorpusIsTheDefault() {
        assertThat(inspect("--rows", "2")).startsWith("row 0").contains("row 1").contains("packing BESTFIT, epoch 1");
    }

    @Test
    void documentsArePackedAndMeasured() throws IOException {
        Path data = Files.writeString(folder.resolve("a.txt"), "held out\n\n" + "a document\n\n".repeat(60));
        Path shards = folder.resolve("shards");
        // documents 0 and 50 of 61 are held out
        assertThat(run(new DataCommand(), List.of("pack", "--data", data.toString(), "--output", shards.toString(), "--json")))
                .isEqualToIgnoringNewLines("{\"shards\":2,\"documents\":61,\"text_bytes\":608}");
        assertThat(run(new BenchCommand(), List.of("data", "--data", shards.toString(), "--json")))
                .startsWith("{\"documents\":59,\"text_mb\":5.9E-4,").contains("\"read_mb_per_second\":");
    }

    @Test
    void aDatasetThatIsNotThereSaysHowToGetIt() {
        StringWriter out = new StringWriter();
        CommandLine commandLine = new CommandLine(new DataCommand()).setCaseInsensitiveEnumValuesAllowed(true).setErr(new PrintWriter(out))
                .setExecutionExceptionHandler((failure, _, _) -> {
                    out.write(String.valueOf(failure.getMessage()));
                    return 1;
                });
        assertThat(commandLine.execute("inspect", "--data", "fineweb-edu", "--tokenizer", tokenizer.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("base_data/fineweb-edu").contains("nanochat data download --dataset fineweb-edu");
    }
}
