package nanochat.engine.tool;

import java.util.Optional;

/// A place in the text of a call, which a parser moves from left to right. Spaces count for nothing where it [#take]s something.
final class TextCursor {
    /// What stands behind the last character.
    static final char END = '\0';

    private final String text;
    private int at;

    TextCursor(String text) {
        this.text = text;
    }

    /// The character here.
    char peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    boolean isAtEnd() {
        return at == text.length();
    }

    int position() {
        return at;
    }

    /// Goes to a place, forwards or back.
    void moveTo(int position) {
        at = position;
    }

    void skipSpaces() {
        while (peek() == ' ' || peek() == '\t') {
            at++;
        }
    }

    /// Passes over digits. Returns how many.
    int skipDigits() {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        return at - start;
    }

    /// Passes over `wanted`, if it is next.
    boolean take(char wanted) {
        skipSpaces();
        if (peek() != wanted) {
            return false;
        }
        at++;
        return true;
    }

    /// Passes over `wanted`, if it is next.
    boolean take(String wanted) {
        skipSpaces();
        if (!text.startsWith(wanted, at)) {
            return false;
        }
        at += wanted.length();
        return true;
    }

    /// Passes over the text up to before the next `mark`, and over the mark.
    ///
    /// @return that text, or nothing where there is no such mark
    Optional<String> takeUpTo(char mark) {
        int end = text.indexOf(mark, at);
        if (end < 0) {
            return Optional.empty();
        }
        String taken = text.substring(at, end);
        at = end + 1;
        return Optional.of(taken);
    }

    /// The text from a place passed before up to here.
    String since(int position) {
        return text.substring(position, at);
    }
}
