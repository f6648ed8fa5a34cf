package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;

/// Conversations without end about what the [BuiltInCorpus] tells: facts, sums and letter counts by the calculator, spelling, small talk,
/// the assistant itself, and what it does not know.
///
/// Seed, split and index decide a conversation. Training never uses the held-out questions, operands and names; validation uses only those.
public final class BuiltInConversations {
    private static final long STREAM = 1;
    private static final long DIALOGUES = 2;

    private final long seed;
    private final FactExchanges facts;
    private final ToolExchanges tools;
    private final TalkExchanges talk;
    private final Manner manner = new Manner();
    private final List<Exchange.Kind> kindOfHundred = new ArrayList<>();
    private final List<String> systemPrompts;

    public BuiltInConversations(long seed) {
        this.seed = seed;
        Sections sections = new Sections("conversations.txt");
        facts = new FactExchanges(new Facts(), sections);
        tools = new ToolExchanges(sections);
        talk = new TalkExchanges(sections);
        systemPrompts = sections.lines("system");
        for (Exchange.Kind kind : Exchange.Kind.values()) {
            for (int i = 0; i < kind.percent(); i++) {
                kindOfHundred.add(kind);
            }
        }
    }

    /// Conversation `index` of a split: one to five exchanges, sometimes with a system message.
    public Conversation conversation(Split split, long index) {
        Draw draw = Draw.of(seed, STREAM, split, index);
        List<Message> messages = new ArrayList<>();
        if (draw.percent(5)) {
            messages.add(new Message.SystemPrompt(draw.of(systemPrompts)));
        }
        exchanges(draw, exchangeCount(draw)).forEach(exchange -> messages.addAll(exchange.messages()));
        return new Conversation(messages);
    }

    /// The exchanges of dialogue `index`: what evaluations ask one after the other. They are put together as those of a conversation are: a
    /// follow-up ("And Spain?") makes sense only after the question before it.
    public List<Exchange> dialogue(Split split, int exchanges, long index) {
        return exchanges(Draw.of(seed, DIALOGUES, split, index), exchanges);
    }

    private List<Exchange> exchanges(Draw draw, int count) {
        List<Exchange> exchanges = new ArrayList<>();
        if (count > 1 && draw.percent(25)) {
            exchanges.add(talk.opening(draw));
        }
        boolean closing = count - exchanges.size() > 1 && draw.percent(20);
        int beforeClosing = closing ? count - 1 : count;
        while (exchanges.size() < beforeClosing) {
            addTopic(draw, exchanges.size() + 1 < beforeClosing, exchanges);
        }
        if (closing) {
            exchanges.add(talk.closing(draw));
        }
        return exchanges;
    }

    /// Adds a question with its reply, and sometimes, where there is `room` for it, a follow-up to that.
    private void addTopic(Draw draw, boolean room, List<Exchange> exchanges) {
        Exchange.Kind kind = draw.of(kindOfHundred);
        if (kind != Exchange.Kind.FACT) {
            exchanges.add(asked(draw, exchange(draw, kind)));
            return;
        }
        Fact fact = facts.draw(draw);
        exchanges.add(asked(draw, facts.question(draw, fact)));
        if (room && draw.percent(25)) {
            facts.followUp(draw, fact.relation()).ifPresent(exchanges::add);
        }
    }

    /// All conversations of a split in order; the stream ends only after 2^63 of them.
    public Stream<Conversation> conversations(Split split) {
        return LongStream.range(0, Long.MAX_VALUE).mapToObj(index -> conversation(split, index));
    }

    /// Exchange `index` of one kind: what evaluations ask.
    public Exchange exchange(Split split, Exchange.Kind kind, long index) {
        Draw draw = Draw.of(seed, kind.name().hashCode(), split, index);
        return asked(draw, exchange(draw, kind));
    }

    private Exchange exchange(Draw draw, Exchange.Kind kind) {
        return switch (kind) {
            case FACT -> facts.question(draw, facts.draw(draw));
            case ARITHMETIC -> tools.arithmetic(draw);
            case EQUATION -> tools.equation(draw);
            case LETTER_COUNT -> tools.letterCount(draw);
            case SPELLING -> tools.spelling(draw);
            case SMALL_TALK -> talk.smallTalk(draw);
            case IDENTITY -> talk.identity(draw);
            case UNKNOWN -> talk.unknown(draw);
        };
    }

    /// In training as different people would ask it; held-out questions stay as they are.
    private Exchange asked(Draw draw, Exchange exchange) {
        if (draw.split() != Split.TRAIN) {
            return exchange;
        }
        return switch (exchange.kind()) {
            case FACT, ARITHMETIC, EQUATION, LETTER_COUNT, SPELLING -> exchange.asked(manner.apply(draw, exchange.question(),
                    exchange.reply().text()));
            case SMALL_TALK, IDENTITY, UNKNOWN -> exchange.asked(manner.apply(draw, exchange.question(), exchange.question()));
        };
    }

    /// Half of the conversations are one exchange, the others up to five.
    private static int exchangeCount(Draw draw) {
        return draw.percent(50) ? 1 : draw.between(2, 5);
    }
}
