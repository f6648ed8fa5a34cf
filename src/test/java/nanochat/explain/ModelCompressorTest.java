package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;
import nanochat.engine.InferenceGpt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Texts packed by a tiny model and unpacked again, also beyond its context.
class ModelCompressorTest {
    private static Subject subject;

    @BeforeAll
    static void makeSubject() {
        subject = Subject.tiny(List.of(), 2);
    }

    @AfterAll
    static void closeSubject() {
        subject.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 64, 256})
    void aTextComesBackWhateverTheContext(int context) {
        String text = new BuiltInCorpus(7).document(Split.VALIDATION, 3) + "\n床前明月光 😀\u0000\t";
        try (InferenceGpt gpt = subject.engine().passes(context)) {
            ModelCompressor compressor = new ModelCompressor(gpt, subject.tokenizer());
            for (String each : List.of("", "a", text, text.repeat(2))) {
                ModelCompressor.Packed packed = compressor.pack(each);
                assertThat(compressor.unpack(packed.bytes())).isEqualTo(each);
                assertThat(8.0 * packed.bytes().length).isLessThan(packed.surprise() + 0.01 * packed.tokens() + 16);
            }
        }
    }

    /// What a model has read it packs better than what it has not.
    @Test
    void textOfTheKindItKnowsTakesFewerBits() {
        ModelCompressor compressor = new ModelCompressor(subject.engine().gpt(), subject.tokenizer());
        String known = new BuiltInCorpus(7).document(Split.VALIDATION, 0);
        String nonsense = new StringBuilder(known).reverse().toString();
        assertThat(compressor.pack(known).bytes().length).isLessThan(compressor.pack(nonsense).bytes().length);
    }

    @ParameterizedTest
    @EnumSource
    void theOthersGiveTheTextBackToo(OtherCompressors other) {
        byte[] text = "A text that says it twice. A text that says it twice. 床前明月光".repeat(9).getBytes(StandardCharsets.UTF_8);
        assertThat(other.size(text, "A text that says it".getBytes(StandardCharsets.UTF_8))).isBetween(20, text.length / 2);
        assertThat(other.size(new byte[0], new byte[]{1})).isPositive();
    }

    /// Having read the text before helps.
    @Test
    void zstdThatHasReadItNeedsNextToNothing() {
        byte[] text = new BuiltInCorpus(7).document(Split.VALIDATION, 0).getBytes(StandardCharsets.UTF_8);
        assertThat(OtherCompressors.ZSTD_THAT_HAS_READ.size(text, text)).isLessThan(OtherCompressors.ZSTD.size(text, text) / 4);
    }
}
