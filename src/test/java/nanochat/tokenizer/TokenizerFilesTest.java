package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: what was saved; and for what is wrong with a file, the wrong thing put into it.
class TokenizerFilesTest {
    private static final Tokenizer TOKENIZER = Trained.onReferenceCorpus(600);

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void save() {
        file = folder.resolve(Tokenizer.FILE_NAME);
        TOKENIZER.save(file);
    }

    @Test
    void aSavedTokenizerComesBackTheSame() {
        Tokenizer loaded = Tokenizer.load(file);
        assertThat(loaded.merges()).isEqualTo(TOKENIZER.merges());
        assertThat(loaded.vocabularySize()).isEqualTo(600);
        assertThat(loaded.tokenBytes()).isEqualTo(TOKENIZER.tokenBytes());
    }

    @Test
    void theFileHasOneReadableLinePerMerge() throws IOException {
        assertThat(Files.readAllLines(file)).hasSize(4 + 9 + 2 + (600 - TrainerOptions.SMALLEST_VOCABULARY) + 2)
                .contains("{\"id\":256,\"left\":32,\"right\":122,\"token\":\" z\"},").anyMatch(line -> line.contains("\\\\xe2\\\\x80"));
    }

    @Test
    void aFileThatWasChangedIsRefusedAndTheMessageSaysWhereAndWhat() throws IOException {
        refused("\"left\":32,\"right\":122", "\"left\":32,\"right\":121", "merge 0");
        refused("\"left\":32,\"right\":122", "\"left\":32,\"right\":400", "Merge 0 joins the tokens 32 and 400");
        refused("\"id\":256", "\"id\":257", "merge 0");
        refused("\\\\p{N}{1,2}", "\\\\p{N}{1,3}", "pattern");
        refused("<|bos|>", "<|endoftext|>", "special tokens");
        refused("nanochat tokenizer 1", "something else", "format");
        refused("\"merges\"", "\"rules\"", "tokenizer.json");
        refused("{\"id\":256,", "{\"id\":256,,", "line 16");
        refused("\"left\":106,\"right\":101,\"token\":\"je\"", "\"left\":32,\"right\":122,\"token\":\" z\"", "same bytes as merge 0");
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> Tokenizer.load(folder.resolve("no.json"))).isInstanceOf(BadInputException.class).hasMessageContaining(
                "no.json");
        assertThatThrownBy(() -> Tokenizer.importTiktoken(folder.resolve("no.tiktoken"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("no.tiktoken");
    }

    @Test
    void theRankFormatGivesTheMergesBack() {
        Path ranks = folder.resolve("ranks.tiktoken");
        TOKENIZER.exportTiktoken(ranks);
        assertThat(ranks).content().startsWith("AA== 0\nAQ== 1\n");
        assertThat(Tokenizer.importTiktoken(ranks).merges()).isEqualTo(TOKENIZER.merges());
    }

    @Test
    void aRankFileWithItsBytesInAnotherOrderEncodesTheSameText() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int rank = 0; rank < Tokenizer.BYTES; rank++) {
            lines.append(line(new byte[]{(byte) (rank ^ 0x55)}, rank));
        }
        for (int rank = Tokenizer.BYTES; rank < Tokenizer.BYTES + TOKENIZER.merges().size(); rank++) {
            lines.append(line(TOKENIZER.bytes(rank), rank));
        }
        Path ranks = Files.writeString(folder.resolve("other.tiktoken"), lines);
        assertThat(Tokenizer.importTiktoken(ranks).merges()).isEqualTo(TOKENIZER.merges());
    }

    @Test
    void aBrokenRankFileIsRefusedWithItsLine() throws IOException {
        Path ranks = folder.resolve("ranks.tiktoken");
        TOKENIZER.exportTiktoken(ranks);
        List<String> lines = Files.readAllLines(ranks);
        brokenRanks(lines, 299, "!!! 299", "line 300");
        brokenRanks(lines, 299, lines.get(299).replace("299", "298"), "line 300");
        brokenRanks(lines, 299, lines.get(299).replace("299", "999999"), "line 300");
        brokenRanks(lines, 299, "nothing", "line 300");
        brokenRanks(lines, 299, lines.get(298).replace("298", "299"), "line 300");
        brokenRanks(lines, 7, line("qq".getBytes(StandardCharsets.UTF_8), 7).strip(), "rank 7 is not a single byte");
        brokenRanks(lines, 256, line("qqqq".getBytes(StandardCharsets.UTF_8), 256).strip(), "do not build it");
        Files.write(ranks, lines.subList(0, 100));
        assertThatThrownBy(() -> Tokenizer.importTiktoken(ranks)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "only 100 tokens");
    }

    private void brokenRanks(List<String> lines, int index, String line, String message) throws IOException {
        List<String> changed = new ArrayList<>(lines);
        changed.set(index, line);
        Path ranks = Files.write(folder.resolve("broken.tiktoken"), changed);
        assertThatThrownBy(() -> Tokenizer.importTiktoken(ranks)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "broken.tiktoken")
                .hasMessageContaining(message);
    }

    private void refused(String original, String changed, String message) throws IOException {
        String content = Files.readString(file);
        assertThat(content).contains(original);
        Path broken = folder.resolve("broken").resolve(Tokenizer.FILE_NAME);
        Files.createDirectories(broken.getParent());
        Files.writeString(broken, content.replaceFirst(Pattern.quote(original), Matcher.quoteReplacement(changed)));
        assertThatThrownBy(() -> Tokenizer.load(broken)).isInstanceOf(BadInputException.class).hasMessageContaining(broken.toString())
                .hasMessageContaining(message);
    }

    private static String line(byte[] token, int rank) {
        return Base64.getEncoder().encodeToString(token) + " " + rank + "\n";
    }
}
