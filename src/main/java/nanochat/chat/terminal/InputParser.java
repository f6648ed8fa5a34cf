package nanochat.chat.terminal;

import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.impl.DefaultParser;

/// Tells the line editor where a message ends, and where the words are that Tab completes. Quotes and backslashes are text like any other.
final class InputParser implements Parser {
    private final DefaultParser words = new DefaultParser().quoteChars(new char[0]).escapeChars(new char[0]);

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        if (context == ParseContext.ACCEPT_LINE && MessageLines.goOn(line)) {
            throw new EOFError(-1, -1, "the message goes on");
        }
        return words.parse(line, cursor, context);
    }

    @Override
    public boolean isEscapeChar(char character) {
        return false;
    }
}
