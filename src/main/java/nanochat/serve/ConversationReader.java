package nanochat.serve;

import java.util.List;
import java.util.Optional;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Part;

/// Reads the `messages` of a request. What an assistant computed may come back as it went out: as `nanochat.parts` of its message.
final class ConversationReader {
    private ConversationReader() {
    }

    /// The conversation; system and developer messages at its beginning are one.
    static Conversation read(Fields request) {
        List<Fields> given = request.objects("messages").orElseThrow(() -> request.wrong("messages", "an array of messages"));
        List<Message> messages = Conversation.withOneSystemMessage(given.stream().map(ConversationReader::message).toList());
        if (messages.isEmpty() || messages.getLast() instanceof Message.SystemPrompt) {
            throw request.wrong("messages", "a conversation with a user's message");
        }
        try {
            return new Conversation(messages);
        } catch (IllegalArgumentException outOfTurn) {
            throw ApiException.invalid("messages", "In 'messages' " + outOfTurn.getMessage()
                    + ": after system messages at the beginning, user and assistant take turns.");
        }
    }

    private static Message message(Fields message) {
        String role = message.string("role").orElseThrow(() -> message.wrong("role", "given"));
        return switch (role) {
            case "system", "developer" -> new Message.SystemPrompt(content(message));
            case "user" -> new Message.User(content(message));
            case "assistant" -> assistant(message);
            default -> throw message.wrong("role", "system, developer, user or assistant");
        };
    }

    private static Message assistant(Fields message) {
        Optional<List<Fields>> parts = message.object("nanochat").flatMap(ours -> ours.objects("parts"));
        return parts.isEmpty()
                ? new Message.Assistant(content(message))
                : new Message.Assistant(parts.get().stream().map(ConversationReader::part).toList());
    }

    private static Part part(Fields part) {
        String text = part.string("text").orElseThrow(() -> part.wrong("text", "a string"));
        return switch (part.string("type").orElse("")) {
            case "text" -> new Part.Text(text);
            case "python" -> new Part.Python(text);
            case "python_output" -> new Part.PythonOutput(text);
            default -> throw part.wrong("type", "text, python or python_output");
        };
    }

    /// A string, or an array of parts that are text.
    private static String content(Fields message) {
        if (message.value("content").orElseThrow(() -> message.wrong("content", "given")).isString()) {
            return message.string("content").orElseThrow();
        }
        StringBuilder text = new StringBuilder();
        for (Fields part : message.objects("content").orElseThrow()) {
            if (!part.string("type").orElse("").equals("text")) {
                throw part.wrong("type", "text: this model reads nothing else");
            }
            text.append(part.string("text").orElseThrow(() -> part.wrong("text", "a string")));
        }
        return text.toString();
    }
}
