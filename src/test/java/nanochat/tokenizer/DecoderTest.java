package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Oracle: `new String(bytes, UTF_8)` of all bytes at once.
class DecoderTest {
    private static final Tokenizer TOKENIZER = Trained.onReferenceCorpus(500);

    @Test
    void streamedTextIsTheTextDecodedAtOnceWhateverTheTokens() {
        for (long seed = 0; seed < 5_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int[] ids = random.ints(1 + random.nextInt(12), 0, random.nextBoolean() ? TOKENIZER.vocabularySize() : Tokenizer.BYTES)
                    .toArray();
            StreamingDecoder decoder = TOKENIZER.streamingDecoder();
            StringBuilder text = new StringBuilder();
            for (int id : ids) {
                text.append(decoder.append(id));
            }
            assertThat(text.append(decoder.flush())).as("seed %d", seed).hasToString(TOKENIZER.decode(ids));
        }
    }

    @Test
    void aCharacterAppearsWithItsLastByteAndNotBefore() {
        StreamingDecoder decoder = TOKENIZER.streamingDecoder();
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint += codePoint < 0x3000 ? 1 : 37) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                String character = Character.toString(codePoint);
                byte[] bytes = character.getBytes(StandardCharsets.UTF_8);
                for (int i = 0; i + 1 < bytes.length; i++) {
                    assertThat(decoder.append(bytes[i] & 0xFF)).isEmpty();
                }
                assertThat(decoder.append(bytes[bytes.length - 1] & 0xFF)).isEqualTo(character);
            }
        }
        assertThat(decoder.flush()).isEmpty();
    }

    @Test
    void whatIsNeverFinishedIsFlushedOnceAsTheReplacementCharacter() {
        StreamingDecoder decoder = TOKENIZER.streamingDecoder();
        assertThat(decoder.append(0xF0)).isEmpty();
        assertThat(decoder.append(0x9F)).isEmpty();
        assertThat(decoder.flush()).isEqualTo("\uFFFD");
        assertThat(decoder.flush()).isEmpty();
        assertThat(decoder.append('a')).isEqualTo("a");
    }

    @Test
    void bytesThatCannotBecomeACharacterDoNotWait() {
        StreamingDecoder decoder = TOKENIZER.streamingDecoder();
        assertThat(decoder.append(0x80)).isEqualTo("\uFFFD");
        assertThat(decoder.append(0xC0)).isEqualTo("\uFFFD");
        assertThat(decoder.append(0xE0)).isEmpty();
        assertThat(decoder.append(0x80)).isEqualTo("\uFFFD\uFFFD");
    }

    @Test
    void specialTokensFollowTheMergesInOrderAndCountNoBytes() {
        int[] lengths = TOKENIZER.tokenBytes();
        assertThat(lengths).hasSize(500);
        int expected = 500 - SpecialToken.values().length;
        for (SpecialToken token : SpecialToken.values()) {
            int id = TOKENIZER.id(token);
            assertThat(id).isEqualTo(expected++);
            assertThat(TOKENIZER.isSpecial(id)).isTrue();
            assertThat(TOKENIZER.decode(id)).isEqualTo(token.text());
            assertThat(lengths[id]).isZero();
        }
        assertThat(TOKENIZER.isSpecial(500 - SpecialToken.values().length - 1)).isFalse();
    }

    @Test
    void aLoneByteIsCountedOnce() {
        int[] lengths = TOKENIZER.tokenBytes();
        for (int id = 0; id < Tokenizer.BYTES; id++) {
            assertThat(lengths[id]).isEqualTo(1);
        }
        assertThat(lengths[256]).isEqualTo(2);
    }

    @Test
    void idsOutsideTheVocabularyAreRefused() {
        assertThatThrownBy(() -> TOKENIZER.decode(1, 500)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("token 500");
        assertThatThrownBy(() -> TOKENIZER.bytes(-1)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("token -1");
    }
}
