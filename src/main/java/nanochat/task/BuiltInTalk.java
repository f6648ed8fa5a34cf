package nanochat.task;

import java.util.Objects;
import nanochat.conversation.Conversation;
import nanochat.data.corpus.Conversations;
import nanochat.data.corpus.Split;

/// Whole conversations about what the built-in corpus tells, with everything that belongs to one.
///
/// @param size how many of the endless conversations of the split
public record BuiltInTalk(Conversations conversations, Split split, int size) implements Task {
    @Override
    public Conversation conversation(int index) {
        return conversations.conversation(split, Objects.checkIndex(index, size));
    }

    @Override
    public String fingerprint() {
        return "talk " + split + " " + size + ", " + Task.content(this);
    }
}
