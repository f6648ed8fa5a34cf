package nanochat.conversation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.io.LineFile;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/// A file of conversations, one a line; blank lines are passed over. All of it is checked at once, and of each conversation only its place is
/// kept: files of any length take little memory.
public final class ConversationFile {
    /// Of a file in any form, one in so many may be unusable.
    private static final int USABLE_TO_UNUSABLE = 10;
    private static final int NAMED = 5;

    private final LineFile lines;
    private final Function<String, Conversation> form;
    private final List<String> notes;

    /// Reads a file of conversations in our own form, [ConversationJson].
    ///
    /// @throws BadInputException when it is missing, unreadable or empty, or a line is no conversation; the message names the line
    public ConversationFile(Path path) {
        this(new LineFile(path, ConversationJson::parse), ConversationJson::parse, List.of());
    }

    private ConversationFile(LineFile lines, Function<String, Conversation> form, List<String> notes) {
        this.lines = lines;
        this.form = form;
        this.notes = notes;
        if (lines.size() == 0) {
            throw new BadInputException("There is no conversation in " + lines.path());
        }
    }

    /// Reads a file of conversations in any of the [ConversationFormats], one a line or all in one JSON array. A few that cannot be used are
    /// left out, see [#notes()].
    ///
    /// @param strict whether none may be
    /// @throws BadInputException when it is missing, unreadable or empty, or more than one conversation in ten cannot be used; the message names
    /// the first of them
    public static ConversationFile ofAnyForm(Path path, boolean strict) {
        List<String> unusable = new ArrayList<>();
        Consumer<String> check = text -> ConversationFormats.parse(text);
        Consumer<BadInputException> wrong = problem -> unusable.add(problem.getMessage());
        LineFile lines = isArrayOfConversations(path) ? LineFile.ofJsonArray(path, check, wrong) : new LineFile(path, check, wrong);
        int all = lines.size() + unusable.size();
        List<String> notes = new ArrayList<>();
        if (!unusable.isEmpty()) {
            notes.add(unusable.size() + " of " + all + " conversations in " + path + " cannot be used"
                    + (unusable.size() > NAMED ? "; the first " + NAMED + " are:" : ":"));
            unusable.stream().limit(NAMED).map("  "::concat).forEach(notes::add);
        }
        if (strict && !unusable.isEmpty() || (long) unusable.size() * USABLE_TO_UNUSABLE > all) {
            throw new BadInputException(String.join(System.lineSeparator(), notes) + System.lineSeparator() + (strict
                    ? "Mend them, or allow some to be left out."
                    : "More than one in " + USABLE_TO_UNUSABLE + " is too many: is this a file of conversations?"));
        }
        return new ConversationFile(lines, ConversationFormats::parse, List.copyOf(notes));
    }

    /// Whether a file is one JSON array of conversations, and not lines of which the first is an array of messages.
    private static boolean isArrayOfConversations(Path path) {
        try (InputStream in = Files.newInputStream(path); JsonParser parser = Json.LINE.createParser(in)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                return false;
            }
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                return first == JsonToken.START_ARRAY;
            }
            JsonNode element = parser.readValueAsTree();
            return !element.has("role") && !element.has("from");
        } catch (IOException | JacksonException e) {
            return false; // reading it as lines tells what is wrong with it
        }
    }

    /// What was left out of the file and why, in lines to print.
    public List<String> notes() {
        return notes;
    }

    /// Adds a conversation as the last line of a file, which is made where there is none.
    ///
    /// @return the file as it is then
    /// @throws BadInputException when there is a file that is not one of conversations, or it cannot be written; nothing has changed then
    public static ConversationFile append(Path path, Conversation conversation) {
        boolean isNew = !Files.exists(path);
        if (!isNew) {
            new ConversationFile(path);
        }
        AtomicFile.write(path, out -> {
            if (!isNew) {
                byte[] before = Files.readAllBytes(path);
                out.write(before);
                if (before[before.length - 1] != '\n') {
                    out.write('\n');
                }
            }
            out.write((ConversationJson.line(conversation) + "\n").getBytes(StandardCharsets.UTF_8));
        });
        return new ConversationFile(path);
    }

    /// Where it is.
    public Path path() {
        return lines.path();
    }

    /// The number of conversations.
    public int size() {
        return lines.size();
    }

    /// What tells it from others of its name and length, see [LineFile#content].
    public String content() {
        return lines.content();
    }

    /// Reads conversation `index`.
    ///
    /// @throws BadInputException when the file has changed since it was checked
    public Conversation conversation(int index) {
        return form.apply(lines.line(index));
    }
}
