package nanochat.task;

import nanochat.conversation.Conversation;
import nanochat.conversation.ConversationFile;

/// The conversations of a user's own file.
public record UserConversations(ConversationFile file) implements Task {
    @Override
    public int size() {
        return file.size();
    }

    @Override
    public Conversation conversation(int index) {
        return file.conversation(index);
    }

    @Override
    public String fingerprint() {
        return file.path().getFileName() + " " + file.size();
    }
}
