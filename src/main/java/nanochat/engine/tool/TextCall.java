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
    private final TextCursor call;

    private TextCall(String call) {
        this.call = new TextCursor(call);
    }

    /// Whether an expression can only be one of these, and no arithmetic.
    static boolean isOne(String expression) {
        return expression.startsWith("\"") || expression.startsWith("'") || expression.startsWith("len");
    }

    /// The result of `expression`, or nothing.
    static Optional<String> evaluate(String expression) {
        TextCall call = new TextCall(expression);
        return (expression.startsWith("len") ? call.length() : call.ofText()).filter(_ -> call.call.isAtEnd());
    }

    private Optional<String> length() {
        return call.take("len") && call.take('(')
                ? text().filter(_ -> call.take(')')).map(text -> Integer.toString(text.codePointCount(0, text.length())))
                : Optional.empty();
    }

    /// text ( "." "count" "(" text ")" | "." "join" "(" text ")" | "[" index "]" )
    private Optional<String> ofText() {
        Optional<String> text = text();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (call.take('[')) {
            return letters(text.get());
        }
        if (!call.take('.')) {
            return Optional.empty();
        }
        if (call.take("count")) {
            return argument().map(part -> Integer.toString(occurrences(text.get(), part)));
        }
        return call.take("join") ? argument().map(whole -> joined(text.get(), whole)) : Optional.empty();
    }

    private Optional<String> argument() {
        return call.take('(') ? text().filter(_ -> call.take(')')) : Optional.empty();
    }

    /// What stands in the brackets behind `text`: `::-1`, or the place of a letter, from the end where it is negative.
    private Optional<String> letters(String text) {
        if (call.take(':')) {
            return call.take(':') && call.take('-') && call.take('1') && call.take(']')
                    ? Optional.of(new StringBuilder(text).reverse().toString())
                    : Optional.empty();
        }
        boolean fromTheEnd = call.take('-');
        OptionalInt number = number();
        if (number.isEmpty() || !call.take(']')) {
            return Optional.empty();
        }
        int[] letters = text.codePoints().toArray();
        int index = fromTheEnd ? letters.length - number.getAsInt() : number.getAsInt();
        return index >= 0 && index < letters.length ? Optional.of(Character.toString(letters[index])) : Optional.empty();
    }

    /// Of at most three digits.
    private OptionalInt number() {
        call.skipSpaces();
        int start = call.position();
        int digits = call.skipDigits();
        return digits > 0 && digits <= 3 ? OptionalInt.of(Integer.parseInt(call.since(start))) : OptionalInt.empty();
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
        call.skipSpaces();
        Optional<String> quoted = quoted();
        int behind = call.position();
        if (quoted.isPresent() && call.take('.') && call.take("strip")) {
            return call.take('(') && call.take(')') ? quoted.map(String::strip) : Optional.empty();
        }
        call.moveTo(behind);
        return quoted;
    }

    /// A literal in single or double quotes. It has no escapes: a backslash is refused rather than misread.
    private Optional<String> quoted() {
        char quote = call.peek();
        if (quote != '"' && quote != '\'') {
            return Optional.empty();
        }
        call.moveTo(call.position() + 1);
        return call.takeUpTo(quote).filter(content -> content.indexOf('\\') < 0);
    }
}
