package nanochat.page;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.WCWidth;

/// How wide text is on a terminal, in columns: a Chinese character takes two.
final class TextWidth {
    private static final String CLOSING = "，。；：？！、）》」』”’),.;:?! ";

    private TextWidth() {
    }

    static int of(String text) {
        return text.codePoints().map(TextWidth::of).sum();
    }

    private static int of(int character) {
        return Math.max(0, WCWidth.wcwidth(character));
    }

    /// The text and spaces behind it, `columns` in all; a text that is longer is cut.
    static String fit(String text, int columns) {
        String cut = cut(text, columns);
        return cut + " ".repeat(columns - of(cut));
    }

    /// As much of the text as fits; where that is not all, it ends with …
    static String cut(String text, int columns) {
        if (of(text) <= columns) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        int taken = 0;
        for (int character : text.codePoints().toArray()) {
            if (taken + of(character) > columns - 1) {
                break;
            }
            shown.appendCodePoint(character);
            taken += of(character);
        }
        return columns < 1 ? "" : shown.append('…').toString();
    }

    /// Lines of at most `columns`, broken at spaces and between Chinese characters; a longer word is broken anywhere.
    static List<String> wrap(String text, int columns) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int taken = 0;
        for (String word : words(text, columns)) {
            if (taken + of(word.stripTrailing()) > columns) {
                lines.add(line.toString().stripTrailing());
                line.setLength(0);
                taken = 0;
            }
            String shown = line.isEmpty() ? word.stripLeading() : word;
            line.append(shown);
            taken += of(shown);
        }
        lines.add(line.toString().stripTrailing());
        return lines;
    }

    /// The text cut where a line may end, spaces at the end of each part. Marks that close something stay with what is before them.
    private static List<String> words(String text, int widest) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        int taken = 0;
        boolean afterWide = false;
        boolean afterSpace = false;
        for (int character : text.codePoints().toArray()) {
            int width = of(character);
            boolean mayBreak = afterSpace && character != ' ' || (afterWide || width == 2) && CLOSING.indexOf(character) < 0;
            if (!word.isEmpty() && (mayBreak || taken + width > widest && character != ' ')) {
                words.add(word.toString());
                word.setLength(0);
                taken = 0;
            }
            word.appendCodePoint(character);
            taken += width;
            afterWide = width == 2;
            afterSpace = character == ' ';
        }
        words.add(word.toString());
        return words;
    }
}
