package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nanochat.io.BadInputException;
import nanochat.tokenizer.TokenizerEvaluation.Contender;
import nanochat.tokenizer.TokenizerEvaluation.Row;
import nanochat.tokenizer.TokenizerEvaluation.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: [Tokenizer#encode(CharSequence)], and by hand for vocabularies so small that one sees the answer.
class TokenizerEvaluationTest {
    private static final Tokenizer TOKENIZER = Trained.onReferenceCorpus(700);

    @TempDir
    private Path folder;

    @Test
    void everyBuiltInSampleIsMeasured() {
        List<Sample> samples = TokenizerEvaluation.builtInSamples();
        List<Row> rows = TokenizerEvaluation.compare(List.of(TokenizerEvaluation.ours(TOKENIZER)), samples);
        assertThat(rows).hasSameSizeAs(samples);
        for (int i = 0; i < rows.size(); i++) {
            String text = samples.get(i).text();
            assertThat(rows.get(i).tokens()).containsExactly((long) TOKENIZER.encode(text).length);
            assertThat(rows.get(i).bytes()).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length).isGreaterThan(150);
        }
    }

    @Test
    void aFileLargerThanOneChunkIsMeasuredWhole() throws IOException {
        String text = "Zojevufo sa za caskotmunge.\n".repeat(100_000);
        Row row = TokenizerEvaluation.compare(List.of(TokenizerEvaluation.ours(TOKENIZER)), Files.writeString(folder.resolve("a.txt"),
                text));
        assertThat(row).isEqualTo(new Row("a.txt", text.length(), List.of((long) TOKENIZER.encode(text).length)));
    }

    @Test
    void aFileThatIsNotTextIsNamed() throws IOException {
        Path file = Files.write(folder.resolve("b.txt"), new byte[]{'a', (byte) 0xFF, 'b'});
        assertThatThrownBy(() -> TokenizerEvaluation.compare(List.of(), file)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("b.txt is not text in UTF-8");
    }

    @Test
    void theReferencesSplitTextAsTheyWereTrainedTo() {
        assertThat(TokenizerEvaluation.gpt2(folder)).isEmpty();
        assertThat(TokenizerEvaluation.gpt4(folder)).isEmpty();
        // The only merges are 1 2, 12 3, and space '.
        Tokenizer digits = Tokenizer.ofMerges(List.of(new Merge('1', '2'), new Merge(256, '3'), new Merge(' ', '\'')));
        digits.exportTiktoken(folder.resolve(TokenizerEvaluation.GPT2_FILE));
        digits.exportTiktoken(folder.resolve(TokenizerEvaluation.GPT4_FILE));
        Contender ours = TokenizerEvaluation.ours(digits);
        Contender gpt2 = TokenizerEvaluation.gpt2(folder).orElseThrow();
        Contender gpt4 = TokenizerEvaluation.gpt4(folder).orElseThrow();
        assertThat(List.of(ours, gpt2, gpt4)).extracting(c -> c.tokens().applyAsLong("123")).containsExactly(2L, 1L, 1L);
        assertThat(List.of(ours, gpt2, gpt4)).extracting(c -> c.tokens().applyAsLong("0123")).containsExactly(4L, 2L, 3L);
        assertThat(List.of(ours, gpt2, gpt4)).extracting(c -> c.tokens().applyAsLong(" 's")).containsExactly(2L, 2L, 2L);
    }

    @Test
    void aViewShowsBoundariesAndBytes() {
        Tokenizer tokenizer = Tokenizer.ofMerges(List.of(new Merge('z', 'a')));
        int[] tokens = tokenizer.encode("za a\n");
        assertThat(TokenView.separated(tokenizer, tokens)).isEqualTo("za| |a|\\n\n");
        assertThat(TokenView.separated(tokenizer, 0xE2, tokenizer.id(SpecialToken.BOS), '\\')).isEqualTo("\\xe2|<|bos|>|\\\\");
        assertThat(TokenView.colored(tokenizer, tokens).replaceAll("\u001B\\[[0-9;]*m", "")).isEqualTo("za a\\n\n");
    }
}
