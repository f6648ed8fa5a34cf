package nanochat.task;

import java.util.Objects;
import nanochat.data.corpus.ChineseConversations;
import nanochat.data.corpus.ChineseKind;
import nanochat.data.corpus.Exchange;
import nanochat.data.corpus.Split;

/// Single questions of one kind in Chinese, each with the reply to it.
///
/// @param size how many of the endless questions of the split
public record ChineseQuestions(ChineseConversations conversations, ChineseKind kind, Split split, int size) implements AskedExchanges {
    @Override
    public Exchange exchange(int index) {
        return conversations.exchange(split, kind, Objects.checkIndex(index, size));
    }

    @Override
    public String name() {
        return kind.task();
    }

    @Override
    public String fingerprint() {
        return kind.task() + " " + split + " " + size + ", " + Task.content(this);
    }
}
