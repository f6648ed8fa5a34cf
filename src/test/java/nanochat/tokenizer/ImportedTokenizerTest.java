package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Oracle: files that Hugging Face's tokenizers and tiktoken read and wrote, and the ids that both gave; the script is beside them.
class ImportedTokenizerTest {
    private static final Tokenizer TOKENIZER = Trained.onReferenceCorpus(600);

    @TempDir
    Path folder;

    private record Case(String text, int[] ids) {}

    private static Path resource(String name) {
        try {
            return Path.of(Objects.requireNonNull(ImportedTokenizerTest.class.getResource("/tokenizers/" + name)).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Case> cases() {
        return List.of(Json.read(resource("cases.json"), Case[].class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"exported.json", "exported.tiktoken"})
    void givesTheIdsThatTheOtherProgramsGive(String name) {
        ImportedTokenizer imported = Tokenizer.importAny(resource(name));
        assertThat(imported.otherIds()).isZero();
        assertThat(imported.tokenizer().vocabularySize()).isEqualTo(256 + 60 + 9);
        for (Case each : cases()) {
            assertThat(imported.tokenizer().encode(each.text)).as(each.text).isEqualTo(each.ids);
        }
    }

    @Test
    void whatIsExportedIsWhatTheOtherProgramsRead() {
        Tokenizer tokenizer = Tokenizer.importAny(resource("exported.json")).tokenizer();
        Path json = folder.resolve("tokenizer.json");
        tokenizer.exportHuggingFace(json);
        assertThat(Json.read(json, JsonNode.class)).isEqualTo(Json.read(resource("exported.json"), JsonNode.class));
        Path ranks = folder.resolve("ranks.tiktoken");
        tokenizer.exportTiktoken(ranks);
        assertThat(ranks).hasSameTextualContentAs(resource("exported.tiktoken"));
    }

    @Test
    void theRoundTripKeepsEveryId() {
        Path json = folder.resolve("tokenizer.json");
        TOKENIZER.exportHuggingFace(json);
        Path ranks = folder.resolve("ranks.tiktoken");
        TOKENIZER.exportTiktoken(ranks);
        Path own = folder.resolve("own.json");
        TOKENIZER.save(own);
        for (Path file : List.of(json, ranks, own)) {
            assertThat(Tokenizer.importAny(file)).extracting(ImportedTokenizer::otherIds, each -> each.tokenizer().merges())
                    .containsExactly(0,
                            TOKENIZER.merges());
        }
    }

    @Test
    void otherIdsOfTheSingleBytesAreCountedAndTheTokensAreTheSame() {
        ImportedTokenizer imported = Tokenizer.importAny(resource("trained.json"));
        assertThat(imported.otherIds()).isGreaterThan(250);
        for (Case each : cases()) {
            assertThat(imported.tokenizer().encode(each.text)).isEqualTo(each.ids);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "type": "BPE"                    | "type": "Unigram"                | not of the type BPE
            "byte_fallback": false           | "byte_fallback": true            | characters and not bytes
            "normalizer": null               | "normalizer": {"type": "NFC"}    | normalizer
            "use_regex": false               | "use_regex": true                | pattern of GPT-2
            "add_prefix_space": false        | "add_prefix_space": true         | add_prefix_space
            {1,2}                            | {1,3}                            | another pattern
            "type": "Split"                  | "type": "Digits"                 | type 'Digits'
            """)
    void whatWouldEncodeDifferentlyIsRefused(String found, String instead, String message) throws IOException {
        String good = Files.readString(resource("exported.json"));
        assertThat(good).contains(found);
        Path bad = Files.writeString(folder.resolve("bad.json"), good.replace(found, instead));
        assertThatThrownBy(() -> Tokenizer.importAny(bad)).isInstanceOf(BadInputException.class).hasMessageContaining(bad.toString())
                .hasMessageContaining(message);
    }

    @Test
    void whatIsNoTokenizerIsSaidSo() throws IOException {
        assertThatThrownBy(() -> Tokenizer.importAny(folder.resolve("missing"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("There is no file");
        Path text = Files.writeString(folder.resolve("a.txt"), "some text\n");
        assertThatThrownBy(() -> Tokenizer.importAny(text)).isInstanceOf(BadInputException.class).hasMessageContaining("base64");
        Path json = Files.writeString(folder.resolve("a.json"), "{}");
        assertThatThrownBy(() -> Tokenizer.importAny(json)).isInstanceOf(BadInputException.class).hasMessageContaining("BPE");
    }
}
