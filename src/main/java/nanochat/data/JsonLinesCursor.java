package nanochat.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import nanochat.io.Json;
import nanochat.io.LongestLine;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// The documents of a `.jsonl` file: one field of the object on every line. Blank lines are passed over.
final class JsonLinesCursor implements DocumentCursor {
    private static final int SEARCHED_AT_ONCE = 1 << 16;

    private final FileWindow window;
    private final String field;
    private final int longestLine = LongestLine.bytes();
    private long offset;
    private long end;
    private int length;
    private boolean tooLong;

    JsonLinesCursor(Path path, String field) throws DamageException {
        window = new FileWindow(path);
        this.field = field;
        seek(0);
    }

    @Override
    public boolean advance() throws DamageException {
        do {
            offset = end;
            if (window.load(offset, 1) == 0) {
                return false;
            }
            findEnd();
        } while (!tooLong && isBlank());
        return true;
    }

    /// Of the line at `offset`: the line is then in the window, unless it is too long to be read.
    private void findEnd() throws DamageException {
        int searched = 0;
        for (int count = SEARCHED_AT_ONCE; searched < longestLine; count = Math.min(2 * count, longestLine)) {
            int present = window.load(offset, count);
            long lineBreak = window.find((byte) '\n', offset + searched, present - searched);
            if (lineBreak >= 0 || present < count) {
                end = lineBreak >= 0 ? lineBreak + 1 : offset + present;
                length = (int) ((lineBreak >= 0 ? lineBreak : end) - offset);
                tooLong = false;
                return;
            }
            searched = present;
        }
        tooLong = true;
        length = 0;
        end = offset + searched;
        for (int present = window.load(end, SEARCHED_AT_ONCE); present > 0; present = window.load(end, SEARCHED_AT_ONCE)) {
            long lineBreak = window.find((byte) '\n', end, present);
            if (lineBreak >= 0) {
                end = lineBreak + 1;
                return;
            }
            end += present;
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
    public void seek(long newOffset) throws DamageException {
        offset = newOffset == 0 ? window.textStart() : newOffset;
        end = offset;
    }

    @Override
    public String text() throws DamageException {
        if (tooLong) {
            throw new DamageException(window.place(offset) + " " + LongestLine.tooLong());
        }
        window.load(offset, length);
        String line;
        try {
            line = window.text(offset, length);
        } catch (DamageException e) {
            throw new DamageException(window.place(offset) + " is " + e.problem());
        }
        try (JsonParser parser = Json.LINE.createParser(line)) {
            return text(parser);
        } catch (JacksonException e) {
            throw new DamageException(window.place(offset) + " is not valid JSON: " + Json.problem(e));
        }
    }

    private String text(JsonParser parser) throws DamageException {
        String text = null;
        List<String> fields = new ArrayList<>();
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw wrong(" is not a JSON object. Every line must be one, with a field \"" + field + "\".");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            fields.add(name);
            JsonToken value = parser.nextToken();
            if (name.equals(field)) {
                if (value != JsonToken.VALUE_STRING) {
                    throw wrong(": the field \"" + field + "\" is " + (value == JsonToken.VALUE_NULL ? "null" : "not a string"));
                }
                text = parser.getString();
            }
            parser.skipChildren();
        }
        if (parser.nextToken() != null) {
            throw wrong(" holds more than one JSON value");
        }
        if (text == null) {
            throw wrong(" has no field \"" + field + "\"; " + (fields.isEmpty()
                    ? "it has none at all"
                    : "its fields are: " + String.join(", ", fields) + ". Choose one with --text-field."));
        }
        return text;
    }

    private DamageException wrong(String what) {
        return new DamageException(window.place(offset) + what);
    }

    @Override
    public void close() {
        window.close();
    }
}
