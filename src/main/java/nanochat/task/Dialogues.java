package nanochat.task;

import java.util.List;
import java.util.stream.IntStream;
import nanochat.conversation.Conversation;
import nanochat.data.corpus.Conversations;
import nanochat.data.corpus.Exchange;
import nanochat.data.corpus.Split;

/// A graded task of whole dialogues: a model is asked their questions turn by turn and reads its own replies to the earlier ones, right or
/// wrong, as it does in a chat.
///
/// @param name what people and results call it
/// @param exchanges of each dialogue, its questions with what is right; as many in each
public record Dialogues(String name, List<List<Exchange>> exchanges) implements GradedTask {
    private static final int FIVE = 5;

    /// @throws IllegalArgumentException when the dialogues differ in length
    public Dialogues {
        exchanges = exchanges.stream().map(List::copyOf).toList();
        if (exchanges.stream().mapToInt(List::size).distinct().count() > 1) {
            throw new IllegalArgumentException("some dialogues are longer than others");
        }
    }

    /// Dialogues of five questions about everything that the built-in conversations are about, in the same shares, with their follow-ups.
    public static Dialogues fiveTurns(Conversations conversations, Split split, int size) {
        return fiveTurns("FiveTurns", conversations, split, size);
    }

    static Dialogues fiveTurns(String name, Conversations conversations, Split split, int size) {
        return new Dialogues(name, IntStream.range(0, size).mapToObj(i -> conversations.dialogue(split, FIVE, i)).toList());
    }

    /// How many questions each dialogue has.
    public int turns() {
        return exchanges.isEmpty() ? 0 : exchanges.getFirst().size();
    }

    /// How many tokens a reply may take, tool results included.
    public int longestReply() {
        return AskedExchanges.LONGEST_REPLY;
    }

    @Override
    public int size() {
        return exchanges.size();
    }

    /// With the replies that training would give.
    @Override
    public Conversation conversation(int index) {
        return new Conversation(exchanges.get(index).stream().flatMap(exchange -> exchange.messages().stream()).toList());
    }

    @Override
    public String fingerprint() {
        return name + " " + size() + ", " + Task.content(this);
    }
}
