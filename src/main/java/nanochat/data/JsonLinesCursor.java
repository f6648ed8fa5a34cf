package nanochat.data;

import java.nio.file.Path;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// The documents of a `.jsonl` file: the `text` field of the object on every line. Blank lines are passed over.
final class JsonLinesCursor implements DocumentCursor {
    private static final String FIELD = "text";
    private static final int LONGEST_LINE = 64 << 20;

    private final FileWindow window;
    private long offset;
    private long end;
    private int length;

    JsonLinesCursor(Path path) {
        window = new FileWindow(path);
        seek(0);
    }

    @Override
    public boolean advance() {
        do {
            offset = end;
            if (offset == window.size()) {
                return false;
            }
            length = lineLength();
            end = Math.min(offset + length + 1, window.size());
        } while (isBlank());
        return true;
    }

    /// Of the line at `offset`, without its line break; the line is then in the window.
    private int lineLength() {
        int searched = 0;
        for (int count = 1 << 16;; count = Math.min(2 * count, LONGEST_LINE)) {
            int present = window.load(offset, count);
            long lineBreak = window.find((byte) '\n', offset + searched, present - searched);
            if (lineBreak >= 0) {
                return (int) (lineBreak - offset);
            }
            if (present < count) {
                return present;
            }
            if (count == LONGEST_LINE) {
                throw new BadInputException(place() + " is longer than " + (LONGEST_LINE >> 20) + " MiB. Is this really JSON lines?");
            }
            searched = present;
        }
    }

    private boolean isBlank() {
        for (int i = 0; i < length; i++) {
            byte b = window.at(offset + i);
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public long end() {
        return end;
    }

    @Override
    public void seek(long newOffset) {
        offset = newOffset == 0 ? window.textStart() : newOffset;
        end = offset;
    }

    @Override
    public String text() {
        window.load(offset, length);
        String line;
        try {
            line = window.text(offset, length);
        } catch (BadInputException e) {
            throw new BadInputException(place() + ": " + e.getMessage(), e);
        }
        try (JsonParser parser = Json.LINE.createParser(line)) {
            return text(parser);
        } catch (JacksonException e) {
            throw new BadInputException(place() + " is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private String text(JsonParser parser) {
        String text = null;
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new BadInputException(place() + " is not a JSON object. Every line must be one, with a field \"" + FIELD + "\".");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean wanted = parser.currentName().equals(FIELD);
            JsonToken value = parser.nextToken();
            if (wanted && value != JsonToken.VALUE_STRING) {
                throw new BadInputException(place() + ": the field \"" + FIELD + "\" is not a string");
            }
            if (wanted) {
                text = parser.getString();
            }
            parser.skipChildren();
        }
        if (parser.nextToken() != null) {
            throw new BadInputException(place() + " holds more than one JSON value");
        }
        if (text == null) {
            throw new BadInputException(place() + " has no field \"" + FIELD + "\"");
        }
        return text;
    }

    /// The file and the number of the line at `offset`. Lines are only counted when a message needs it.
    private String place() {
        return window.path() + " line " + (window.count((byte) '\n', offset) + 1);
    }

    @Override
    public void close() {
        window.close();
    }
}
