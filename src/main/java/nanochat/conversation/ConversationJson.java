package nanochat.conversation;

import java.util.ArrayList;
import java.util.List;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Conversations in JSON: an array of messages, each an object with `role` (`system`, `user` or `assistant`) and `content`, or an object
/// whose `messages` is such an array. Content is a string; the assistant's may also be an array of parts, objects with `type` (`text`,
/// `python` or `python_output`) and `text`.
public final class ConversationJson {
    /// @param content a string, or a list of parts
    private record JsonMessage(String role, Object content) {}

    private record JsonPart(String type, String text) {}

    private ConversationJson() {
    }

    /// @throws BadInputException when it is not a conversation, or the messages are out of turn; the message says what is wrong
    public static Conversation parse(String json) {
        JsonNode root;
        try {
            root = Json.LINE.readTree(json);
        } catch (JacksonException e) {
            throw new BadInputException("not valid JSON: " + Json.problem(e), e);
        }
        return conversation(root);
    }

    /// As [#parse(String)], of JSON that has been read.
    ///
    /// @throws BadInputException when it is not a conversation, or the messages are out of turn
    public static Conversation conversation(JsonNode root) {
        JsonNode messages = root.isObject() ? root.path("messages") : root;
        if (!messages.isArray()) {
            throw new BadInputException("neither a JSON array of messages nor an object with an array \"messages\"");
        }
        List<Message> parsed = new ArrayList<>();
        for (JsonNode message : messages) {
            parsed.add(message(message, "message " + (parsed.size() + 1)));
        }
        try {
            return new Conversation(parsed);
        } catch (IllegalArgumentException outOfTurn) {
            throw new BadInputException(outOfTurn.getMessage() + "; after at most one system message at the start, user and assistant take"
                    + " turns", outOfTurn);
        }
    }

    /// An array of messages on one line, such that [#parse] gives the conversation again.
    public static String line(Conversation conversation) {
        return Json.line(conversation.messages().stream().map(ConversationJson::json).toList());
    }

    private static JsonMessage json(Message message) {
        return switch (message) {
            case Message.SystemPrompt(String text) -> new JsonMessage("system", text);
            case Message.User(String text) -> new JsonMessage("user", text);
            case Message.Assistant(List<Part> parts) when parts.size() == 1 && parts.getFirst() instanceof Part.Text(String text) ->
                new JsonMessage("assistant", text);
            case Message.Assistant(List<Part> parts) -> new JsonMessage("assistant", parts.stream().map(ConversationJson::json).toList());
        };
    }

    private static JsonPart json(Part part) {
        return switch (part) {
            case Part.Text(String text) -> new JsonPart("text", text);
            case Part.Python(String expression) -> new JsonPart("python", expression);
            case Part.PythonOutput(String text) -> new JsonPart("python_output", text);
        };
    }

    private static Message message(JsonNode message, String place) {
        String role = text(message, "role", place);
        return switch (role) {
            case "system" -> new Message.SystemPrompt(text(message, "content", place));
            case "user" -> new Message.User(text(message, "content", place));
            case "assistant" -> assistant(message, place);
            default -> throw new BadInputException(place + " has the role '" + role + "'; there are system, user and assistant");
        };
    }

    private static Message assistant(JsonNode message, String place) {
        JsonNode content = message.path("content");
        if (!content.isArray()) {
            return new Message.Assistant(text(message, "content", place));
        }
        List<Part> parts = new ArrayList<>();
        for (JsonNode part : content) {
            parts.add(part(part, place + ", part " + (parts.size() + 1)));
        }
        return new Message.Assistant(parts);
    }

    static Part part(JsonNode part, String place) {
        String text = text(part, "text", place);
        String type = text(part, "type", place);
        return switch (type) {
            case "text" -> new Part.Text(text);
            case "python" -> new Part.Python(text);
            case "python_output" -> new Part.PythonOutput(text);
            default -> throw new BadInputException(place + " has the type '" + type + "'; there are text, python and python_output");
        };
    }

    private static String text(JsonNode object, String field, String place) {
        JsonNode value = object.path(field);
        if (!value.isString()) {
            throw new BadInputException(place + " has no string \"" + field + "\"");
        }
        return value.asString();
    }
}
