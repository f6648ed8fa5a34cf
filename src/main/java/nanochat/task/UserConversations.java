package nanochat.task;

import java.util.List;
import nanochat.conversation.Conversation;
import nanochat.conversation.ConversationFile;
import nanochat.conversation.Message;
import nanochat.io.BadInputException;

/// The conversations of a user's own file. As a graded task each one's last message is the reply that is expected, word for word.
public record UserConversations(ConversationFile file) implements GenerativeTask {
    private static final int LONGEST_REPLY = 512;

    @Override
    public int size() {
        return file.size();
    }

    @Override
    public Conversation conversation(int index) {
        return file.conversation(index);
    }

    @Override
    public String name() {
        return file.path().toString();
    }

    /// The text has to be the expected one; how words are spaced does not matter.
    @Override
    public boolean isRight(int index, Message.Assistant reply) {
        List<Message> messages = conversation(index).messages();
        if (messages.isEmpty() || !(messages.getLast() instanceof Message.Assistant expected)) {
            throw new BadInputException(file.path() + ": conversation " + (index + 1) + " does not end with what the assistant should"
                    + " say, so no reply to it can be right or wrong");
        }
        return spacedEvenly(expected.text()).equals(spacedEvenly(reply.text()));
    }

    private static String spacedEvenly(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    @Override
    public int longestReply() {
        return LONGEST_REPLY;
    }

    @Override
    public String fingerprint() {
        return file.path().getFileName() + " " + file.size() + ", content " + file.content();
    }
}
