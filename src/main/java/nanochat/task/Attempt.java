package nanochat.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.conversation.Conversation;
import nanochat.conversation.ConversationJson;
import nanochat.conversation.Message;
import nanochat.io.Json;
import tools.jackson.databind.JsonNode;

/// An answer of a model, to be rewarded.
///
/// @param question the conversation that it answers; the user has spoken last
/// @param answer what the model said and computed
/// @param expected what the data gives as the answer, where it gives one
public record Attempt(Conversation question, Message.Assistant answer, Optional<Message.Assistant> expected) {
    /// @param messages the whole conversation, the answer last, with its tool calls
    /// @param answer its text alone
    /// @param expected likewise; null where there is none
    private record Line(JsonNode messages, String answer, Optional<String> expected) {}

    /// One line of JSON: `messages` as conversations have them, the answer last and with its tool calls; `answer`, its text alone; `expected`, the
    /// text of the expected one, or null.
    public String json() {
        List<Message> messages = new ArrayList<>(question.messages());
        messages.add(answer);
        return Json.line(new Line(Json.LINE.readTree(ConversationJson.line(new Conversation(messages))), answer.text(), expected.map(
                Message.Assistant::text)));
    }

    /// For messages.
    String inWords() {
        return "this answer: " + json();
    }
}
