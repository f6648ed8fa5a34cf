package nanochat.chat.terminal;

import org.jline.utils.WCWidth;

/// Breaks text into lines between words while it streams. Every character is shown at once; a word that turns out not to fit is taken
/// back from the end of its line and begun again on the next.
///
/// Control characters never reach the terminal: a model may say anything, and an escape sequence is a command to a terminal.
final class WordWrap {
    private static final int TAB = 4;
    private static final int CONTROL_PICTURES = 0x2400;

    private final int width;
    private final StringBuilder word = new StringBuilder();
    private int wordWidth;
    private int column;

    /// @param columns of the terminal; 0 or less where that is unknown: then only the text's own lines are broken
    WordWrap(int columns) {
        // The last column stays free: a terminal whose cursor stands behind it disagrees with others on where that is.
        width = columns > 0 ? Math.max(1, columns - 1) : Integer.MAX_VALUE;
    }

    /// Whether the next character begins a line.
    boolean atLineStart() {
        return column == 0;
    }

    /// What to send to the terminal for more text.
    String append(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(character -> append(character, out));
        return out.toString();
    }

    /// What follows must not be taken back together with what is there, because it looks different.
    void endWord() {
        word.setLength(0);
        wordWidth = 0;
    }

    private void append(int character, StringBuilder out) {
        switch (character) {
            case '\n' -> breakLine(out);
            case ' ' -> space(1, out);
            case '\t' -> space(TAB, out);
            case '\r' -> {
            }
            default -> visible(Character.isISOControl(character) ? picture(character) : character, out);
        }
    }

    private static int picture(int control) {
        return control < ' ' ? CONTROL_PICTURES + control : 0xfffd;
    }

    private void breakLine(StringBuilder out) {
        out.append('\n');
        column = 0;
        endWord();
    }

    private void space(int count, StringBuilder out) {
        int shown = Math.min(count, width - column);
        out.repeat(' ', shown);
        column += shown;
        endWord();
    }

    private void visible(int character, StringBuilder out) {
        int cells = Math.max(0, WCWidth.wcwidth(character));
        if (column + cells > width) {
            wrap(out);
        }
        out.appendCodePoint(character);
        column += cells;
        if (cells == 2) { // Chinese, Japanese and Korean text may break anywhere
            endWord();
        } else {
            word.appendCodePoint(character);
            wordWidth += cells;
        }
    }

    private void wrap(StringBuilder out) {
        if (wordWidth == 0 || wordWidth == column) { // nothing to take back, or a word as long as the line
            breakLine(out);
        } else {
            out.append("\u001B[").append(wordWidth).append("D\u001B[K\n").append(word);
            column = wordWidth;
        }
    }
}
