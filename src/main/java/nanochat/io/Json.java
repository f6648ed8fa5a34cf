package nanochat.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// JSON as this project writes and reads it: records, field names in snake_case.
public final class Json {
    /// One line an object.
    public static final JsonMapper LINE = JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

    private static final JsonMapper PRETTY = LINE.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

    /// How the library writes a place inside a message: what it read, which it keeps to itself, and the line and column.
    private static final Pattern SOURCE = Pattern.compile("\\[Source: [^\\]]*?(?:column: (\\d+))?\\]");

    private Json() {
    }

    /// Reads a whole file.
    ///
    /// @throws BadInputException when the file is missing, is not JSON or does not fit `type`; the message names the file and the place in it
    public static <T> T read(Path file, Class<T> type) {
        return parse(file, content -> LINE.readValue(content, type));
    }

    /// Reads a whole file, of a type with type parameters.
    ///
    /// @throws BadInputException as the other one
    public static <T> T read(Path file, TypeReference<T> type) {
        return parse(file, content -> LINE.readValue(content, type));
    }

    private static <T> T parse(Path file, Function<byte[], T> parser) {
        GitLfsPointer.check(file);
        try {
            return parser.apply(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        } catch (JacksonException e) {
            String place = e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
            throw new BadInputException(file + place + " is not the JSON expected here: " + problem(e), e);
        }
    }

    /// Writes `value` indented, whole or not at all.
    public static void write(Path file, Object value) {
        AtomicFile.writeString(file, PRETTY.writeValueAsString(value) + "\n");
    }

    /// What is wrong with a text that is not the JSON or YAML expected, in one line, with the column; the line is for the caller to say, who may
    /// have given the parser only a part of a file.
    public static String problem(JacksonException failure) {
        String message = SOURCE.matcher(failure.getOriginalMessage())
                .replaceAll(place -> place.group(1) == null ? "a place before" : "column " + place.group(1)).replaceAll("\\s+", " ")
                .strip();
        TokenStreamLocation place = failure.getLocation();
        return place == null || place.getColumnNr() < 1 ? message : message + " (column " + place.getColumnNr() + ")";
    }

    /// `value` on one line.
    public static String line(Object value) {
        return LINE.writeValueAsString(value);
    }
}
