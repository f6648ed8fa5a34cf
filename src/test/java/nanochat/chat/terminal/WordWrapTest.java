package nanochat.chat.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What a terminal shows: the oracle is a small terminal that knows characters, line ends, cursor left and erase to the end of the line.
class WordWrapTest {
    /// Shows what is sent to it; nothing may reach its last column.
    private static final class Screen {
        private final List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
        private int column;

        Screen print(String sent) {
            for (int i = 0; i < sent.length(); i++) {
                switch (sent.charAt(i)) {
                    case '\n' -> {
                        lines.add(new StringBuilder());
                        column = 0;
                    }
                    case '\u001B' -> {
                        int end = i + 2;
                        while (Character.isDigit(sent.charAt(end))) {
                            end++;
                        }
                        switch (sent.charAt(end)) {
                            case 'D' -> column -= Integer.parseInt(sent.substring(i + 2, end));
                            case 'K' -> lines.getLast().setLength(column);
                            default -> throw new AssertionError("escape sequence " + sent.substring(i, end + 1));
                        }
                        i = end;
                    }
                    default -> {
                        assertThat(column).isEqualTo(lines.getLast().length());
                        lines.getLast().append(sent.charAt(i));
                        column++;
                    }
                }
            }
            return this;
        }

        List<String> lines() {
            return lines.stream().map(line -> line.toString().stripTrailing()).toList();
        }
    }

    private static List<String> shown(int columns, String... chunks) {
        WordWrap wrap = new WordWrap(columns);
        Screen screen = new Screen();
        for (String chunk : chunks) {
            screen.print(wrap.append(chunk));
        }
        return screen.lines();
    }

    @Test
    void aWordThatDoesNotFitBeginsTheNextLine() {
        assertThat(shown(11, "the qui", "ck bro", "wn fox")).containsExactly("the quick", "brown fox");
        assertThat(shown(11, "0123456789", " a")).containsExactly("0123456789", "a");
        assertThat(shown(11, "ab 3456789", "x")).as("taken back from the end of the line").containsExactly("ab", "3456789x");
    }

    @Test
    void aWordLongerThanTheLineIsBrokenWhereTheLineEnds() {
        assertThat(shown(6, "a abcdefghijkl b")).containsExactly("a", "abcde", "fghij", "kl b");
    }

    @Test
    void linesOfTheTextStayAndSpaceAtTheBeginningOfALineDoesToo() {
        assertThat(shown(20, "if x:\r\n\treturn  1\n\nend")).containsExactly("if x:", "    return  1", "", "end");
    }

    @Test
    void wideCharactersBreakAnywhereAndTakeTwoColumns() {
        WordWrap wrap = new WordWrap(8);
        assertThat(wrap.append("你好吗我很好")).isEqualTo("你好吗\n我很好");
    }

    @Test
    void noControlCharacterReachesTheTerminal() {
        WordWrap wrap = new WordWrap(80);
        String shown = wrap.append("a\u001B[2Jb\u0007\u0000\u007F\u009Bc");
        assertThat(shown).isEqualTo("a\u241B[2Jb\u2407\u2400\uFFFD\uFFFDc");
    }

    @Test
    void withoutAWidthNothingIsBroken() {
        assertThat(new WordWrap(0).append("word ".repeat(1000))).doesNotContain("\n", "\u001B");
    }

    @Test
    void whatLooksDifferentIsNotTakenBackWithWhatFollows() {
        WordWrap wrap = new WordWrap(8);
        String before = wrap.append("abc de");
        wrap.endWord();
        assertThat(new Screen().print(before + wrap.append("fgh")).lines()).containsExactly("abc de", "fgh");
    }

    /// The oracle is the same text wrapped when it is all known.
    @Test
    void howTheTextIsCutIntoChunksMakesNoDifference() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int columns = 3 + random.nextInt(20);
            StringBuilder text = new StringBuilder();
            List<String> chunks = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                chunks.add("xyzzy".repeat(3).substring(0, random.nextInt(8))
                        + (random.nextInt(3) == 0 ? " " : "") + (random.nextInt(12) == 0 ? "\n" : ""));
                text.append(chunks.getLast());
            }
            List<String> lines = shown(columns, chunks.toArray(String[]::new));
            assertThat(lines).as("seed %s", seed).isEqualTo(wrapped(text.toString(), columns - 1));
        }
    }

    private static List<String> wrapped(String text, int width) {
        List<String> lines = new ArrayList<>();
        for (String paragraph : text.split("\n", -1)) {
            StringBuilder line = new StringBuilder();
            for (String word : paragraph.split("(?<= )|(?= )")) {
                if (word.equals(" ")) {
                    line.append(line.length() < width ? " " : "");
                    continue;
                }
                if (line.length() + word.length() > width && !line.isEmpty()) {
                    lines.add(line.toString().stripTrailing());
                    line.setLength(0);
                }
                String rest = word;
                while (rest.length() > width) {
                    lines.add(rest.substring(0, width));
                    rest = rest.substring(width);
                }
                line.append(rest);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
