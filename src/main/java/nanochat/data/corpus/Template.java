package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// A line of text with slots, parsed once and filled often.
///
/// `{name}` is filled from the context; `{Name}` starts with a capital letter; `{a name}` and `{A name}` put the article that fits before it.
///
/// @param <C> what the slots are filled from
final class Template<C> {
    /// What fills a slot: appends its text for a context.
    @FunctionalInterface
    interface Slot<C> {
        void append(C context, StringBuilder out);
    }

    private final String source;
    private final List<Slot<C>> pieces;

    private Template(String source, List<Slot<C>> pieces) {
        this.source = source;
        this.pieces = pieces;
    }

    /// Parses `source`; `slots` knows what each name stands for and throws `IllegalArgumentException` for a name it does not know.
    static <C> Template<C> parse(String source, Function<String, Slot<C>> slots) {
        List<Slot<C>> pieces = new ArrayList<>();
        int position = 0;
        while (position < source.length()) {
            int open = source.indexOf('{', position);
            if (open < 0) {
                open = source.length();
            }
            if (open > position) {
                String literal = source.substring(position, open).replace("\\n", "\n");
                pieces.add((_, out) -> out.append(literal));
            }
            if (open == source.length()) {
                break;
            }
            int close = source.indexOf('}', open);
            if (close < 0) {
                throw new IllegalArgumentException("'" + source + "' opens a slot and does not close it");
            }
            pieces.add(slot(source.substring(open + 1, close), slots));
            position = close + 1;
        }
        return new Template<>(source, List.copyOf(pieces));
    }

    private static <C> Slot<C> slot(String text, Function<String, Slot<C>> slots) {
        boolean article = text.startsWith("a ") || text.startsWith("A ");
        boolean capital = Character.isUpperCase(text.charAt(0));
        Slot<C> content = slots.apply((article ? text.substring(2) : text).toLowerCase(Locale.ROOT));
        if (!article && !capital) {
            return content;
        }
        return (context, out) -> {
            int start = out.length();
            content.append(context, out);
            if (article) {
                out.insert(start, English.article(out, start) + " ");
            }
            if (capital) {
                English.capitalize(out, start);
            }
        };
    }

    /// Appends the line, filled from `context`.
    void append(C context, StringBuilder out) {
        for (Slot<C> piece : pieces) {
            piece.append(context, out);
        }
    }

    /// The line, filled from `context`.
    String render(C context) {
        StringBuilder out = new StringBuilder();
        append(context, out);
        return out.toString();
    }

    /// The line as it was written, with its slots.
    @Override
    public String toString() {
        return source;
    }
}
