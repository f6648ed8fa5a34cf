package nanochat.conversation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Conversations as people have them, beside our own form ([ConversationJson]):
///
/// - an array of messages, or an object with one as `messages` or `conversations`; a message is `role` and `content` (OpenAI, Hugging Face) or
///   `from` and `value` (ShareGPT), and an object may have a `system` beside them;
/// - a question and its answer: `instruction`, `input`, `output` (Alpaca), `instruction`, `context`, `response` (Dolly), `prompt` and
///   `completion` or `response`.
///
/// Roles are in any case and under the names that these formats use; several messages of one role in a row are one, with an empty line between.
public final class ConversationFormats {
    private static final String BETWEEN_JOINED = "\n\n";
    /// A question, what it is about (may be missing or empty), its answer.
    private static final List<List<String>> QUESTIONS = List.of(List.of("instruction", "input", "output"), List.of("instruction", "context",
            "response"), List.of("prompt", "input", "completion"), List.of("prompt", "input", "response"));

    private ConversationFormats() {
    }

    /// @throws BadInputException when it is not a conversation in any of these forms; the message says what is wrong
    public static Conversation parse(String json) {
        try {
            return conversation(Json.LINE.readTree(json));
        } catch (JacksonException e) {
            throw new BadInputException("not valid JSON: " + Json.problem(e), e);
        }
    }

    /// As [#parse(String)], of JSON that has been read.
    ///
    /// @throws BadInputException when it is not a conversation in any of these forms
    static Conversation conversation(JsonNode root) {
        List<Message> messages = new ArrayList<>();
        if (root.path("system").isString() && !root.path("system").asString().isBlank()) {
            messages.add(new Message.SystemPrompt(root.path("system").asString()));
        }
        Optional<JsonNode> array = Stream.of(root, root.path("messages"), root.path("conversations")).filter(JsonNode::isArray).findFirst();
        if (array.isPresent()) {
            int number = 0;
            for (JsonNode message : array.get()) {
                messages.add(message(message, "message " + ++number));
            }
        } else {
            messages.addAll(questionAndAnswer(root));
        }
        try {
            return new Conversation(joined(messages));
        } catch (IllegalArgumentException outOfTurn) {
            throw new BadInputException(String.valueOf(outOfTurn.getMessage()), outOfTurn);
        }
    }

    private static List<Message> questionAndAnswer(JsonNode root) {
        for (List<String> fields : QUESTIONS) {
            if (root.path(fields.getFirst()).isString() && root.path(fields.getLast()).isString()) {
                String question = root.path(fields.getFirst()).asString();
                String about = root.path(fields.get(1)).asString("");
                return List.of(new Message.User(about.isBlank() ? question : question + BETWEEN_JOINED + about),
                        new Message.Assistant(root.path(fields.getLast()).asString()));
            }
        }
        throw new BadInputException("no conversation in any known form (messages, conversations, instruction and output, prompt and"
                + " completion)" + (root.isObject() ? "; its fields are: " + String.join(", ", root.propertyNames()) : ""));
    }

    private static Message message(JsonNode message, String place) {
        boolean shareGpt = message.path("from").isString() && !message.has("role");
        String role = text(message.path(shareGpt ? "from" : "role"), place + " has no role").toLowerCase(Locale.ROOT).strip();
        JsonNode content = message.path(shareGpt ? "value" : "content");
        return switch (role) {
            case "system", "developer" -> new Message.SystemPrompt(plain(content, place));
            case "user", "human", "prompter" -> new Message.User(plain(content, place));
            case "assistant", "gpt", "model", "bot", "chatgpt" -> new Message.Assistant(parts(content, place));
            default -> throw new BadInputException(place + " has the role '" + role + "'; there are system, user and assistant");
        };
    }

    private static String text(JsonNode value, String otherwise) {
        if (!value.isString()) {
            throw new BadInputException(otherwise);
        }
        return value.asString();
    }

    /// Content that is text alone, in one string or in parts.
    private static String plain(JsonNode content, String place) {
        List<Part> parts = parts(content, place);
        if (!parts.stream().allMatch(Part.Text.class::isInstance)) {
            throw new BadInputException(place + " has parts that only the assistant's may have");
        }
        return new Message.Assistant(parts).text();
    }

    private static List<Part> parts(JsonNode content, String place) {
        if (!content.isArray()) {
            return List.of(new Part.Text(text(content, place + " has no text")));
        }
        List<Part> parts = new ArrayList<>();
        for (JsonNode part : content) {
            parts.add(ConversationJson.part(part, place + ", part " + (parts.size() + 1)));
        }
        return parts;
    }

    private static List<Message> joined(List<Message> messages) {
        List<Message> joined = new ArrayList<>();
        for (Message message : messages) {
            Optional<Message> both = joined.isEmpty() ? Optional.empty() : joined(joined.getLast(), message);
            if (both.isPresent()) {
                joined.removeLast();
            }
            joined.add(both.orElse(message));
        }
        return joined;
    }

    private static List<Part> joinedParts(List<Part> first, List<Part> second) {
        List<Part> parts = new ArrayList<>(first);
        parts.add(new Part.Text(BETWEEN_JOINED));
        parts.addAll(second);
        return parts;
    }

    /// Two messages as one, where they are of the same role.
    private static Optional<Message> joined(Message first, Message second) {
        return switch (first) {
            case Message.SystemPrompt(String a) when second instanceof Message.SystemPrompt(String b) ->
                Optional.of(new Message.SystemPrompt(a + BETWEEN_JOINED + b));
            case Message.User(String a) when second instanceof Message.User(String b) ->
                Optional.of(new Message.User(a + BETWEEN_JOINED + b));
            case Message.Assistant(List<Part> a) when second instanceof Message.Assistant(List<Part> b) ->
                Optional.of(new Message.Assistant(joinedParts(a, b)));
            case Message.SystemPrompt _,Message.User _,Message.Assistant _ -> Optional.empty();
        };
    }
}
