package nanochat.eval;

import java.util.List;
import java.util.stream.Collectors;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Part;

/// A question and what a chat model said to it, for people to look at.
///
/// @param reply with tool calls and their results in brackets: `[12 * 7 -> 84] 12 * 7 = 84.`
public record ChatSample(String question, String reply) {
    /// The questions that every chat model is asked.
    public static final List<String> QUESTIONS = List.of("Who are you?", "What is the capital of France?", "How much is 12 * 17?",
            "How many letters r are in strawberry?", "What does a cow say?", "Tell me a joke.", "What is the capital of Zanbaria?");

    private static final int LONGEST_REPLY = 96;

    /// The model's replies to the questions, each in a conversation of its own.
    public static List<ChatSample> askAll(ChatEvaluation chat) {
        return QUESTIONS.stream().map(question -> {
            Conversation conversation = new Conversation(List.of(new Message.User(question)));
            return new ChatSample(question, view(chat.reply(conversation, LONGEST_REPLY)));
        }).toList();
    }

    /// A reply on which its tool calls can be seen.
    public static String view(Message.Assistant reply) {
        return reply.parts().stream().map(part -> switch (part) {
            case Part.Text(String text) -> text;
            case Part.Python(String expression) -> "[" + expression;
            case Part.PythonOutput(String text) -> " -> " + text + "] ";
        }).collect(Collectors.joining());
    }

    /// On one line.
    @Override
    public String toString() {
        return (question + " | " + reply).replace("\n", "\\n");
    }
}
