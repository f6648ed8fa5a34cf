package nanochat.task;

import java.util.Objects;
import nanochat.conversation.Conversation;

/// Some of a task's conversations.
///
/// @param from the first one
/// @param to the first one that no longer belongs to it
public record Slice(Task task, int from, int to) implements Task {
    public Slice {
        Objects.checkFromToIndex(from, to, task.size());
    }

    @Override
    public int size() {
        return to - from;
    }

    @Override
    public Conversation conversation(int index) {
        return task.conversation(from + Objects.checkIndex(index, size()));
    }

    @Override
    public String fingerprint() {
        return "(" + task.fingerprint() + ")[" + from + ":" + to + "]";
    }
}
