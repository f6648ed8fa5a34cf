package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import nanochat.io.BadInputException;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;

/// Blanks in a text, by a tokenizer of bytes.
class GappedTextTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final int BOS = BYTES.id(SpecialToken.BOS);
    private static final int MASK = BYTES.vocabularySize();

    @Test
    void underscoresAreBlanksAndANumberBetweenThemIsTheirLength() {
        GappedText text = GappedText.of("a_b __ c______d__3__", BYTES, MASK);
        assertThat(text.tokens()).containsExactly(BOS, 'a', '_', 'b', ' ', MASK, ' ', 'c', MASK, 'd', MASK, MASK, MASK);
        int[] filled = {BOS, 'a', '_', 'b', ' ', 'X', ' ', 'c', 'Y', 'd', '1', '2', '3'};
        assertThat(text.whole(BYTES, filled)).isEqualTo("a_b X cYd123");
        assertThat(text.parts(BYTES, filled)).containsExactly("X", "Y", "123");
    }

    @Test
    void aTextWithoutABlankAndABlankOfNoLengthAreRefused() {
        for (String text : List.of("", "a_b", "__0__", "a __10000__", "__99999999999999__")) {
            assertThatThrownBy(() -> GappedText.of(text, BYTES, MASK)).as(text).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("blank");
        }
    }
}
