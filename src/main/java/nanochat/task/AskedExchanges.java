package nanochat.task;

import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.data.corpus.Exchange;

/// Single built-in questions, each with the reply to it.
public sealed interface AskedExchanges extends GenerativeTask permits BuiltInQuestions, ChineseQuestions {
    /// Tokens that a reply may take, tool results included.
    int LONGEST_REPLY = 96;

    /// Question `index` with the reply that training would give and what any right one has to say.
    Exchange exchange(int index);

    @Override
    default Conversation conversation(int index) {
        return new Conversation(exchange(index).messages());
    }

    @Override
    default boolean isRight(int index, Message.Assistant reply) {
        return exchange(index).answer().isGivenBy(reply.text());
    }

    @Override
    default int longestReply() {
        return LONGEST_REPLY;
    }
}
