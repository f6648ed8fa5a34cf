package nanochat.conversation;

import java.util.ArrayList;
import java.util.List;

/// Messages in order: at most one system message at the start, then user and assistant in turn, the user first. The last message may be
/// either's; a conversation may be empty.
public record Conversation(List<Message> messages) {
    private static final String BLANK_LINE = "\n\n";

    /// Of messages as other programs give them: several system messages at the beginning become one, with blank lines between.
    public static List<Message> withOneSystemMessage(List<Message> given) {
        List<Message> messages = new ArrayList<>();
        for (Message next : given) {
            if (next instanceof Message.SystemPrompt(String more) && messages.size() == 1
                    && messages.getFirst() instanceof Message.SystemPrompt(String before)) {
                messages.set(0, new Message.SystemPrompt(before + BLANK_LINE + more));
            } else {
                messages.add(next);
            }
        }
        return messages;
    }

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
