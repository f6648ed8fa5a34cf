package nanochat.task;

import java.util.Objects;
import nanochat.data.corpus.BuiltInConversations;
import nanochat.data.corpus.Exchange;
import nanochat.data.corpus.Split;

/// Single questions of one kind, each with the reply to it.
///
/// @param kind what they are about
/// @param size how many of the endless questions of the split
public record BuiltInQuestions(BuiltInConversations conversations, Exchange.Kind kind, Split split, int size)
        implements
            AskedExchanges {
    /// How often a letter occurs in a word, counted with the tool.
    public static BuiltInQuestions spellingBee(BuiltInConversations conversations, Split split, int size) {
        return new BuiltInQuestions(conversations, Exchange.Kind.LETTER_COUNT, split, size);
    }

    /// The letters of a word.
    public static BuiltInQuestions simpleSpelling(BuiltInConversations conversations, Split split, int size) {
        return new BuiltInQuestions(conversations, Exchange.Kind.SPELLING, split, size);
    }

    @Override
    public Exchange exchange(int index) {
        return conversations.exchange(split, kind, Objects.checkIndex(index, size));
    }

    @Override
    public String name() {
        return switch (kind) {
            case FACT -> "Facts";
            case FACT_CHECK -> "FactChecks";
            case PORTRAIT -> "Portraits";
            case LIST -> "Lists";
            case EXPRESSION -> "Expressions";
            case LETTERS -> "Letters";
            case REQUEST -> "Requests";
            case NONSENSE -> "Nonsense";
            case ARITHMETIC -> "Arithmetic";
            case EQUATION -> "Equations";
            case LETTER_COUNT -> "SpellingBee";
            case SPELLING -> "SimpleSpelling";
            case SMALL_TALK -> "SmallTalk";
            case IDENTITY -> "Identity";
            case UNKNOWN -> "Unknown";
        };
    }

    @Override
    public String fingerprint() {
        return kind + " " + split + " " + size + ", " + Task.content(this);
    }
}
