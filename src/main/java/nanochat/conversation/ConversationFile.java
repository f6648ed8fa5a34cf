package nanochat.conversation;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.LineFile;

/// A file of conversations, one a line, each as [ConversationJson] has it; blank lines are passed over. All of it is checked at once, and
/// of each conversation only its place is kept: files of any length take little memory.
public final class ConversationFile {
    private final LineFile lines;

    /// Reads the file through.
    ///
    /// @throws BadInputException when it is missing, unreadable or empty, or a line is no conversation; the message names the line
    public ConversationFile(Path path) {
        lines = new LineFile(path, ConversationJson::parse);
        if (lines.size() == 0) {
            throw new BadInputException("There is no conversation in " + path);
        }
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

    /// Reads conversation `index`.
    ///
    /// @throws BadInputException when the file has changed since it was checked
    public Conversation conversation(int index) {
        return ConversationJson.parse(lines.line(index));
    }
}
