package nanochat.engine.tool;

import java.util.Optional;
import java.util.OptionalInt;

/// What the calculator knows of text, in Python's words: how often a part occurs, how long it is, one of its letters, its letters backwards
/// or with something between them.
///
///     "hello".count("l")   len("hello")   "hello"[0]   "hello"[-1]   "hello"[::-1]   "-".join("hello")
///
/// A text may be stripped of the space around it, `len(" hello".strip())`: to a tokenizer a word and the same word after a space are
/// different tokens, so the one with its space is easier to copy from a question. Whatever does not fit this grammar has no result.
final class TextCall {
    private static final char END = '\0';

    private final String call;
    private int at;

    private TextCall(String call) {
        this.call = call;
    }

    /// Whether an expression can only be one of these, and no arithmetic.
    static boolean isOne(String expression) {
        return expression.startsWith("\"") || expression.startsWith("'") || expression.startsWith("len");
    }

    /// The result of `expression`, or nothing.
    static Optional<String> evaluate(String expression) {
        TextCall call = new TextCall(expression);
        return (expression.startsWith("len") ? call.length() : call.ofText()).filter(_ -> call.at == expression.length());
    }

    private Optional<String> length() {
        return takeWord("len") && take('(')
                ? text().filter(_ -> take(')')).map(text -> Integer.toString(text.codePointCount(0, text.length())))
                : Optional.empty();
    }

    /// text ( "." "count" "(" text ")" | "." "join" "(" text ")" | "[" index "]" )
    private Optional<String> ofText() {
        Optional<String> text = text();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (take('[')) {
            return letters(text.get());
        }
        if (!take('.')) {
            return Optional.empty();
        }
        if (takeWord("count")) {
            return argument().map(part -> Integer.toString(occurrences(text.get(), part)));
        }
        return takeWord("join") ? argument().map(whole -> joined(text.get(), whole)) : Optional.empty();
    }

    private Optional<String> argument() {
        return take('(') ? text().filter(_ -> take(')')) : Optional.empty();
    }

    /// What stands in the brackets behind `text`: `::-1`, or the place of a letter, from the end where it is negative.
    private Optional<String> letters(String text) {
        if (take(':')) {
            return take(':') && take('-') && take('1') && take(']')
                    ? Optional.of(new StringBuilder(text).reverse().toString())
                    : Optional.empty();
        }
        boolean fromTheEnd = take('-');
        OptionalInt number = number();
        if (number.isEmpty() || !take(']')) {
            return Optional.empty();
        }
        int[] letters = text.codePoints().toArray();
        int index = fromTheEnd ? letters.length - number.getAsInt() : number.getAsInt();
        return index >= 0 && index < letters.length ? Optional.of(Character.toString(letters[index])) : Optional.empty();
    }

    /// Of at most three digits.
    private OptionalInt number() {
        skipSpaces();
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        return at > start && at <= start + 3 ? OptionalInt.of(Integer.parseInt(call.substring(start, at))) : OptionalInt.empty();
    }

    private static int occurrences(String whole, String part) {
        if (part.isEmpty()) {
            return whole.codePointCount(0, whole.length()) + 1;
        }
        int count = 0;
        for (int from = whole.indexOf(part); from >= 0; from = whole.indexOf(part, from + part.length())) {
            count++;
        }
        return count;
    }

    private static String joined(String separator, String whole) {
        StringBuilder joined = new StringBuilder();
        whole.codePoints().forEach(letter -> joined.append(joined.isEmpty() ? "" : separator).appendCodePoint(letter));
        return joined.toString();
    }

    /// quoted [ "." "strip" "(" ")" ]
    private Optional<String> text() {
        skipSpaces();
        Optional<String> quoted = quoted();
        int behind = at;
        if (quoted.isPresent() && take('.') && takeWord("strip")) {
            return take('(') && take(')') ? quoted.map(String::strip) : Optional.empty();
        }
        at = behind;
        return quoted;
    }

    /// A literal in single or double quotes. It has no escapes: a backslash is refused rather than misread.
    private Optional<String> quoted() {
        char quote = peek();
        if (quote != '"' && quote != '\'') {
            return Optional.empty();
        }
        int end = call.indexOf(quote, at + 1);
        if (end < 0) {
            return Optional.empty();
        }
        String content = call.substring(at + 1, end);
        at = end + 1;
        return content.indexOf('\\') >= 0 ? Optional.empty() : Optional.of(content);
    }

    private boolean take(char wanted) {
        skipSpaces();
        if (peek() != wanted) {
            return false;
        }
        at++;
        return true;
    }

    private boolean takeWord(String wanted) {
        skipSpaces();
        if (!call.startsWith(wanted, at)) {
            return false;
        }
        at += wanted.length();
        return true;
    }

    private void skipSpaces() {
        while (peek() == ' ' || peek() == '\t') {
            at++;
        }
    }

    private char peek() {
        return at < call.length() ? call.charAt(at) : END;
    }
}
