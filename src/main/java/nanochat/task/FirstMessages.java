package nanochat.task;

import java.util.List;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.data.corpus.FirstMessage;

/// Ordinary first messages, marked by what a right reply says, in whatever words.
public record FirstMessages(List<FirstMessage> messages) implements GenerativeTask {
    /// What people and results call it.
    static final String NAME = "FirstMessages";

    public FirstMessages {
        messages = List.copyOf(messages);
    }

    @Override
    public int size() {
        return messages.size();
    }

    /// The message with an empty reply: there is no single right one.
    @Override
    public Conversation conversation(int index) {
        return new Conversation(List.of(new Message.User(messages.get(index).text()), new Message.Assistant("")));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean isRight(int index, Message.Assistant reply) {
        return messages.get(index).answer().isGivenBy(reply.text());
    }

    @Override
    public int longestReply() {
        return BuiltInQuestions.LONGEST_REPLY;
    }

    @Override
    public String fingerprint() {
        return NAME + " " + size() + ", " + Task.content(this) + ", rules " + Integer.toHexString(
                messages.stream().map(FirstMessage::rule).toList().hashCode());
    }
}
