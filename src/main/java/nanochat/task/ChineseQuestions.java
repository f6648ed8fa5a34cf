package nanochat.task;

import java.util.Objects;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.data.corpus.ChineseConversations;
import nanochat.data.corpus.ChineseKind;
import nanochat.data.corpus.Exchange;
import nanochat.data.corpus.Split;

/// Single questions of one kind in Chinese, each with the reply to it.
///
/// @param size how many of the endless questions of the split
public record ChineseQuestions(ChineseConversations conversations, ChineseKind kind, Split split, int size) implements GenerativeTask {
    private Exchange exchange(int index) {
        return conversations.exchange(split, kind, Objects.checkIndex(index, size));
    }

    @Override
    public Conversation conversation(int index) {
        return new Conversation(exchange(index).messages());
    }

    @Override
    public String name() {
        return kind.task();
    }

    @Override
    public boolean isRight(int index, Message.Assistant reply) {
        return exchange(index).answer().isGivenBy(reply.text());
    }

    @Override
    public int longestReply() {
        return BuiltInQuestions.LONGEST_REPLY;
    }

    @Override
    public String fingerprint() {
        return kind.task() + " " + split + " " + size + ", " + Task.content(this);
    }
}
