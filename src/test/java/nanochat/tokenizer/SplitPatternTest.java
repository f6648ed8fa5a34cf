package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Oracle: `java.util.regex` with `UNICODE_CHARACTER_CLASS` on the pattern itself; for the class of each character, the same engine on
/// the class alone; for runs of a megabyte, what the pattern says about a text of that shape.
class SplitPatternTest {
    private static final Pattern ORACLE = Pattern.compile(SplitPattern.REGEX, Pattern.UNICODE_CHARACTER_CLASS);
    private static final int MEGABYTE = 1 << 20;

    @Test
    void everyCodePointHasTheClassThatTheRegexEngineGivesIt() {
        Matcher letter = Pattern.compile("\\p{L}", Pattern.UNICODE_CHARACTER_CLASS).matcher("");
        Matcher number = Pattern.compile("\\p{N}", Pattern.UNICODE_CHARACTER_CLASS).matcher("");
        Matcher space = Pattern.compile("\\s", Pattern.UNICODE_CHARACTER_CLASS).matcher("");
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            String text = Character.toString(c);
            byte expected = CharacterClass.OTHER;
            if (letter.reset(text).matches()) {
                expected = CharacterClass.LETTER;
            } else if (number.reset(text).matches()) {
                expected = CharacterClass.NUMBER;
            } else if (space.reset(text).matches()) {
                expected = c == '\r' || c == '\n' ? CharacterClass.LINE_END : CharacterClass.SPACE;
            }
            if (CharacterClass.of(c) != expected) {
                assertThat(CharacterClass.of(c)).as("class of U+%04X", c).isEqualTo(expected);
            }
        }
    }

    @Test
    void randomTextsAreSplitAsTheRegexEngineSplitsThem() {
        for (long seed = 0; seed < 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String text = RandomText.of(random, 1 + random.nextInt(30));
            PieceScanner scanner = new PieceScanner(2 + random.nextInt(20));
            assertThat(pieces(scanner, text)).as("seed %d", seed).isEqualTo(oracle(text));
        }
    }

    @Test
    void everyShortTextOfTheDecisiveCharactersIsSplitAsTheRegexEngineSplitsIt() {
        String alphabet = "a s'L1 \t\r\n.é\u00A0";
        int length = 4;
        PieceScanner scanner = new PieceScanner();
        for (int code = 0; code < Math.powExact(alphabet.length(), length); code++) {
            StringBuilder text = new StringBuilder();
            for (int rest = code, i = 0; i < length; i++, rest /= alphabet.length()) {
                text.append(alphabet.charAt(rest % alphabet.length()));
            }
            assertThat(pieces(scanner, text.toString())).isEqualTo(oracle(text.toString()));
        }
    }

    @Test
    void aMegabyteOfOneKindIsOnePieceOrAsManyAsThePatternSays() {
        PieceScanner scanner = new PieceScanner();
        for (String kind : List.of("a", "語", "é", "𝔘", "!", "🙂", "\n", " \n", "\u0301")) {
            String run = kind.repeat(MEGABYTE / kind.length());
            assertThat(lengths(scanner, run)).as(kind).containsExactly(bytes(run));
        }
        String spaces = " ".repeat(MEGABYTE);
        assertThat(lengths(scanner, spaces)).containsExactly(MEGABYTE);
        assertThat(lengths(scanner, spaces + "x")).containsExactly(MEGABYTE - 1, 2);
        assertThat(lengths(scanner, spaces + "!")).containsExactly(MEGABYTE - 1, 2);
        assertThat(lengths(scanner, spaces + "1")).containsExactly(MEGABYTE - 1, 1, 1);
        assertThat(lengths(scanner, "\n" + spaces + "x")).containsExactly(1, MEGABYTE - 1, 2);
        assertThat(lengths(scanner, spaces + "\nx")).containsExactly(MEGABYTE + 1, 1);
        assertThat(lengths(scanner, "7".repeat(MEGABYTE))).hasSize(MEGABYTE / 2).containsOnly(2);
        assertThat(lengths(scanner, "'s".repeat(MEGABYTE / 2))).hasSize(MEGABYTE / 2).containsOnly(2);
        assertThat(lengths(scanner, "-a".repeat(MEGABYTE / 2))).hasSize(MEGABYTE / 2).containsOnly(2);
    }

    private static List<String> pieces(PieceScanner scanner, String text) {
        List<String> pieces = new ArrayList<>();
        scanner.reset(text);
        while (scanner.next()) {
            pieces.add(new String(scanner.bytes(), scanner.start(), scanner.end() - scanner.start(), StandardCharsets.UTF_8));
        }
        return pieces;
    }

    private static List<Integer> lengths(PieceScanner scanner, String text) {
        List<Integer> lengths = new ArrayList<>();
        scanner.reset(text);
        while (scanner.next()) {
            lengths.add(scanner.end() - scanner.start());
        }
        return lengths;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /// The matches, surrogates without a partner replaced in each: the engine sees them as they are.
    private static List<String> oracle(String text) {
        return ORACLE.matcher(text).results().map(match -> RandomText.wellFormed(match.group())).toList();
    }
}
