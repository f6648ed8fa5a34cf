package nanochat.page;

import java.util.ArrayDeque;
import java.util.Deque;

/// Writes XHTML that is well-formed whatever the text: every element opened is closed, in order, and no text becomes markup.
final class Markup {
    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /// Opens an element.
    ///
    /// @param attributes names and values, in turn
    Markup open(String element, String... attributes) {
        startTag(element, attributes);
        out.append('>');
        open.push(element);
        return this;
    }

    /// Closes the element opened last.
    Markup close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /// An element with nothing but text in it.
    Markup element(String element, String text, String... attributes) {
        return open(element, attributes).text(text).close();
    }

    /// An element that never has content, such as `meta`.
    Markup empty(String element, String... attributes) {
        startTag(element, attributes);
        out.append("/>");
        return this;
    }

    private void startTag(String element, String... attributes) {
        out.append('<').append(element);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            int value = out.length();
            text(attributes[i + 1]);
            out.replace(value, out.length(), out.substring(value).replace("\"", "&quot;")).append('"');
        }
    }

    /// Plain text. What XML has no way to write (control characters, halves of surrogate pairs) becomes U+FFFD.
    Markup text(String text) {
        text.codePoints().forEach(character -> {
            switch (character) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                default -> out.appendCodePoint(isXml(character) ? character : 0xFFFD);
            }
        });
        return this;
    }

    private static boolean isXml(int character) {
        return character == '\t' || character == '\n' || character >= 0x20 && character < 0xD800 && !(character >= 0x7F && character < 0xA0)
                || character >= 0xE000 && character < 0xFFFE || character >= 0x10000;
    }

    /// A line break in the source alone.
    Markup newline() {
        out.append('\n');
        return this;
    }

    /// The whole; everything must be closed.
    @Override
    public String toString() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("Not closed: " + open);
        }
        return out.toString();
    }
}
