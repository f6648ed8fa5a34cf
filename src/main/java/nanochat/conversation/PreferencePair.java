package nanochat.conversation;

import java.util.List;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Two ways in which a conversation went on, of which the first is preferred.
///
/// @param chosen the whole conversation
/// @param rejected likewise
/// @param shared messages that both begin with; the user has spoken last
public record PreferencePair(Conversation chosen, Conversation rejected, int shared) {
    private static final List<String> CHOSEN = List.of("chosen", "preferred_output");
    private static final List<String> REJECTED = List.of("rejected", "non_preferred_output");

    /// Understands an object with two answers, as `chosen` and `rejected` (TRL) or `preferred_output` and `non_preferred_output` (OpenAI). An answer is a
    /// text, messages, or a whole conversation. What it answers is the `prompt` (a text or messages) or the `input` (an object with `messages`), and
    /// `system`, where there is one; whole conversations need none.
    ///
    /// @throws BadInputException when it is nothing of that kind; the message says what is wrong
    public static PreferencePair parse(String json) {
        JsonNode root;
        try {
            root = Json.LINE.readTree(json);
        } catch (JacksonException e) {
            throw new BadInputException("not valid JSON: " + Json.problem(e), e);
        }
        Conversation chosen = conversation(root, CHOSEN);
        Conversation rejected = conversation(root, REJECTED);
        int shared = 0;
        while (shared < Math.min(chosen.messages().size(), rejected.messages().size())
                && chosen.messages().get(shared).equals(rejected.messages().get(shared))) {
            shared++;
        }
        if (chosen.equals(rejected)) {
            shared--; // the same answer twice: the last message is it
        }
        if (shared < 1 || !(chosen.messages().get(shared - 1) instanceof Message.User)) {
            throw new BadInputException("the two answers are not to the same question");
        }
        return new PreferencePair(chosen, rejected, shared);
    }

    /// Whether both answers are the same, so that there is nothing to prefer.
    public boolean isEqual() {
        return chosen.equals(rejected);
    }

    /// What both answers answer.
    public Conversation question() {
        return new Conversation(chosen.messages().subList(0, shared));
    }

    private static Conversation conversation(JsonNode root, List<String> names) {
        JsonNode answer = names.stream().map(root::path).filter(node -> !node.isMissingNode()).findFirst()
                .orElseThrow(() -> new BadInputException("there is no '" + names.getFirst() + "'" + (root.isObject()
                        ? "; its fields are: " + String.join(", ", root.propertyNames())
                        : "")));
        ArrayNode messages = messages(answer, "assistant", names.getFirst());
        if (messages.isEmpty()) {
            throw new BadInputException("'" + names.getFirst() + "' is empty");
        }
        Conversation conversation = ConversationFormats.conversation(isWhole(messages) ? messages : prompt(root).addAll(messages));
        if (conversation.messages().isEmpty() || !(conversation.messages().getLast() instanceof Message.Assistant)) {
            throw new BadInputException("'" + names.getFirst() + "' does not end with what the assistant says");
        }
        return conversation;
    }

    /// Whether messages begin a conversation, and do not go on with one.
    private static boolean isWhole(ArrayNode messages) {
        JsonNode first = messages.get(0);
        String role = first.path(first.has("role") ? "role" : "from").asString("");
        return !List.of("assistant", "gpt", "model", "bot", "chatgpt").contains(role);
    }

    private static ArrayNode prompt(JsonNode root) {
        JsonNode prompt = root.path("input").isObject() ? root.path("input").path("messages") : root.path("prompt");
        if (prompt.isMissingNode()) {
            throw new BadInputException("there is no 'prompt', and the answers are not whole conversations");
        }
        ArrayNode messages = JsonNodeFactory.instance.arrayNode();
        if (root.path("system").isString() && !root.path("system").asString().isBlank()) {
            messages.add(message("system", root.path("system").asString()));
        }
        return messages.addAll(messages(prompt, "user", "prompt"));
    }

    private static ArrayNode messages(JsonNode given, String role, String name) {
        if (given instanceof ArrayNode messages) {
            return messages;
        }
        ArrayNode messages = JsonNodeFactory.instance.arrayNode();
        if (given.isString()) {
            messages.add(message(role, given.asString()));
        } else if (given.isObject()) {
            messages.add(given);
        } else {
            throw new BadInputException("'" + name + "' is neither a text nor messages");
        }
        return messages;
    }

    private static ObjectNode message(String role, String content) {
        return JsonNodeFactory.instance.objectNode().put("role", role).put("content", content);
    }
}
