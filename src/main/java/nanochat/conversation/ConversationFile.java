package nanochat.conversation;

import java.nio.file.Path;
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
