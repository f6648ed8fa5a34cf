package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.api.Encoding;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Oracles: jtokkit with the same pattern and vocabulary; and the definition, written down: apply the merges one after the other, each
/// everywhere from left to right.
class EncoderTest {
    private static final Tokenizer TOKENIZER = Trained.onReferenceCorpus(900);

    @Test
    void randomTextsEncodeAsInJtokkit() {
        Encoding jtokkit = JtokkitOracle.of(TOKENIZER);
        for (long seed = 0; seed < 3_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String text = RandomText.wellFormed(RandomText.of(random, 1 + random.nextInt(200)));
            assertThat(TOKENIZER.encode(text)).as("seed %d", seed).isEqualTo(jtokkit.encodeOrdinary(text).toArray());
        }
    }

    @Test
    void piecesOfAnyLengthEncodeAsTheMergesInTheirOrderSay() {
        for (long seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int length = 1 + random.nextInt(400);
            String piece = random.ints(length, 0, 8).mapToObj(i -> "zojevu fa".substring(i, i + 1)).reduce("", String::concat)
                    .replace(" ", "");
            assertThat(TOKENIZER.encode(piece)).as("seed %d", seed).isEqualTo(byDefinition(TOKENIZER, piece));
        }
    }

    @Test
    void tokensThatTheirOwnBytesDoNotMergeIntoAreNeverProduced() {
        // Token 258 is a(bc), but ab is merged first, so the text abc becomes (ab)c.
        Tokenizer tokenizer = Tokenizer.ofMerges(List.of(new Merge('a', 'b'), new Merge('b', 'c'), new Merge('a', 257)));
        assertThat(tokenizer.encode("abc")).containsExactly(256, 'c');
        assertThat(tokenizer.encode("abc")).isEqualTo(byDefinition(tokenizer, "abc"));
    }

    @Test
    void surrogatesWithoutAPartnerBecomeTheReplacementCharacter() {
        for (String text : List.of("\uD800", "\uDC00", "a\uD83D", "\uDE42b", "\uD83D\uD83D\uDE42", "x\uDC00\uD800y")) {
            assertThat(TOKENIZER.encode(text)).isEqualTo(TOKENIZER.encode(RandomText.wellFormed(text)));
            assertThat(TOKENIZER.decode(TOKENIZER.encode(text))).isEqualTo(RandomText.wellFormed(text));
        }
    }

    @Test
    void textThatSpellsASpecialTokenStaysText() {
        for (SpecialToken token : SpecialToken.values()) {
            String text = "say " + token.text() + token.text();
            assertThat(Arrays.stream(TOKENIZER.encode(text))).noneMatch(TOKENIZER::isSpecial);
            assertThat(TOKENIZER.decode(TOKENIZER.encode(text))).isEqualTo(text);
        }
    }

    @Test
    void aPieceOfAMegabyteIsNoDifferent() {
        SplittableRandom random = new SplittableRandom(7);
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < 1 << 20; i++) {
            letters.append("zojevufa".charAt(random.nextInt(8)));
        }
        assertThat(TOKENIZER.encode(letters)).isEqualTo(byDefinition(TOKENIZER, letters.toString()));
    }

    @Test
    void oneEncoderServesTextAfterTextAndAppends() {
        Encoder encoder = TOKENIZER.encoder();
        TokenList tokens = new TokenList();
        List<Integer> expected = new ArrayList<>();
        for (long seed = 0; seed < 50; seed++) {
            String text = RandomText.of(new SplittableRandom(seed), 2_000);
            encoder.encode(text, tokens);
            Arrays.stream(TOKENIZER.encode(text)).forEach(expected::add);
        }
        assertThat(tokens.toArray()).isEqualTo(expected.stream().mapToInt(Integer::intValue).toArray());
    }

    @Test
    void manyThreadsMayUseOneTokenizer() {
        List<String> texts = IntStream.range(0, 64).mapToObj(seed -> RandomText.of(new SplittableRandom(seed), 500)).toList();
        List<int[]> expected = texts.stream().map(TOKENIZER::encode).toList();
        List<int[]> parallel = texts.parallelStream().map(TOKENIZER::encode).toList();
        for (int i = 0; i < texts.size(); i++) {
            assertThat(parallel.get(i)).isEqualTo(expected.get(i));
        }
    }

    private static int[] byDefinition(Tokenizer tokenizer, String piece) {
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        int[] tokens = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            tokens[i] = bytes[i] & 0xFF;
        }
        int count = bytes.length;
        int id = Tokenizer.BYTES;
        for (Merge merge : tokenizer.merges()) {
            int kept = 0;
            for (int i = 0; i < count; i++) {
                boolean pair = i + 1 < count && tokens[i] == merge.left() && tokens[i + 1] == merge.right();
                tokens[kept++] = pair ? id : tokens[i];
                i += pair ? 1 : 0;
            }
            count = kept;
            id++;
        }
        return Arrays.copyOf(tokens, count);
    }
}
