package nanochat.conversation;

import java.util.List;

/// Messages in order: at most one system message at the start, then user and assistant in turn, the user first. The last message may be
/// either's; a conversation may be empty.
public record Conversation(List<Message> messages) {
    /// @throws IllegalArgumentException when the messages are out of turn; the message says which one
    public Conversation {
        messages = List.copyOf(messages);
        int first = !messages.isEmpty() && messages.getFirst() instanceof Message.SystemPrompt ? 1 : 0;
        for (int i = first; i < messages.size(); i++) {
            boolean usersTurn = (i - first) % 2 == 0;
            boolean inTurn = switch (messages.get(i)) {
                case Message.SystemPrompt _ -> false;
                case Message.User _ -> usersTurn;
                case Message.Assistant _ -> !usersTurn;
            };
            if (!inTurn) {
                throw new IllegalArgumentException("message " + (i + 1) + " should be the " + (usersTurn ? "user" : "assistant")
                        + "'s, is a " + messages.get(i).getClass().getSimpleName());
            }
        }
    }
}
