package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;

/// Conversations without end about what the [BuiltInCorpus] tells: facts, numbers and letters by the calculator, lists, small talk, the
/// assistant itself, and what it does not know.
///
/// Seed, split and index decide a conversation. Training never uses the held-out questions, operands, words and names; validation uses only
/// those. What is talked about, and in which shares, is [Exchange.Kind]; another kind joins there and in [#exchange(Draw, Exchange.Kind)].
public final class BuiltInConversations implements Conversations {
    private static final long STREAM = 1;
    private static final long DIALOGUES = 2;
    private static final int MOST_EXCHANGES = 8;

    private final long seed;
    private final FactExchanges facts;
    private final FactChecks checks;
    private final Portraits portraits;
    private final ListExchanges lists;
    private final ToolExchanges tools;
    private final WordExchanges words;
    private final TalkExchanges talk;
    private final Nonsense nonsense;
    private final Manner manner;
    private final List<Exchange.Kind> kindOfHundred = Draw.hundred(Exchange.Kind.values(), Exchange.Kind::percent);
    private final List<String> systemPrompts;

    public BuiltInConversations(long seed) {
        this.seed = seed;
        Facts known = new Facts();
        Words spelled = new Words();
        Sections sections = new Sections("conversations.txt");
        Sections talked = new Sections("talk.txt");
        facts = new FactExchanges(known, sections);
        checks = new FactChecks(known, sections);
        portraits = new Portraits(known, sections);
        lists = new ListExchanges(sections);
        tools = new ToolExchanges(sections);
        words = new WordExchanges(sections, spelled);
        talk = new TalkExchanges(talked, new Sections("unknown.txt"), known);
        nonsense = new Nonsense(talked, spelled);
        manner = new Manner(spelled);
        systemPrompts = talked.lines("system");
    }

    @Override
    public Conversation conversation(Split split, long index) {
        Draw draw = Draw.of(seed, STREAM, split, index);
        List<Message> messages = new ArrayList<>();
        if (draw.percent(5)) {
            messages.add(new Message.SystemPrompt(draw.of(systemPrompts)));
        }
        exchanges(draw, exchangeCount(draw)).forEach(exchange -> messages.addAll(exchange.messages()));
        return new Conversation(messages);
    }

    @Override
    public List<Exchange> dialogue(Split split, int exchanges, long index) {
        return exchanges(Draw.of(seed, DIALOGUES, split, index), exchanges);
    }

    private List<Exchange> exchanges(Draw draw, int count) {
        List<Exchange> exchanges = new ArrayList<>();
        boolean introduced = count > 2 && draw.percent(6);
        String name = talk.person(draw);
        if (introduced) {
            exchanges.add(talk.introduction(draw, name));
        } else if (count > 1 && draw.percent(20)) {
            exchanges.add(asked(draw, talk.opening(draw)));
        }
        boolean closing = count - exchanges.size() > 1 && draw.percent(20);
        int beforeClosing = closing ? count - 1 : count;
        while (exchanges.size() < beforeClosing) {
            addTopic(draw, exchanges.size() + 1 < beforeClosing, exchanges);
            if (introduced && exchanges.size() < beforeClosing && draw.percent(40)) {
                exchanges.add(asked(draw, talk.recollection(draw, name)));
                introduced = false;
            }
        }
        if (closing) {
            exchanges.add(asked(draw, talk.closing(draw)));
        }
        return exchanges;
    }

    /// Adds a question with its reply, and sometimes, where there is `room` for it, a follow-up to that.
    private void addTopic(Draw draw, boolean room, List<Exchange> exchanges) {
        Exchange.Kind kind = draw.of(kindOfHundred);
        boolean followed = room && draw.percent(25);
        if (kind == Exchange.Kind.FACT) {
            Fact fact = facts.draw(draw);
            exchanges.add(asked(draw, facts.question(draw, fact)));
            if (followed) {
                facts.followUp(draw, fact.relation()).ifPresent(followUp -> exchanges.add(asked(draw, followUp)));
            }
        } else if (kind == Exchange.Kind.LETTER_COUNT) {
            LetterCount count = words.drawLetterCount(draw);
            exchanges.add(asked(draw, words.letterCount(draw, count)));
            if (followed) {
                exchanges.add(asked(draw, words.letterCountFollowUp(draw, count)));
            }
        } else if (kind == Exchange.Kind.SPELLING) {
            exchanges.add(asked(draw, words.spelling(draw)));
            if (followed) {
                exchanges.add(asked(draw, words.spellingFollowUp(draw)));
            }
        } else {
            exchanges.add(asked(draw, exchange(draw, kind)));
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

    /// A question, as somebody types it, that takes no calculator to answer.
    Exchange told(Draw draw) {
        while (true) {
            Exchange.Kind kind = draw.of(kindOfHundred);
            if (isTold(kind)) {
                return asked(draw, exchange(draw, kind));
            }
        }
    }

    private static boolean isTold(Exchange.Kind kind) {
        return switch (kind) {
            case FACT, FACT_CHECK, PORTRAIT, LIST, SMALL_TALK, IDENTITY, UNKNOWN, REQUEST -> true;
            case ARITHMETIC, EXPRESSION, EQUATION, LETTER_COUNT, SPELLING, LETTERS, NONSENSE -> false;
        };
    }

    private Exchange exchange(Draw draw, Exchange.Kind kind) {
        return switch (kind) {
            case FACT -> facts.question(draw, facts.draw(draw));
            case FACT_CHECK -> checks.exchange(draw);
            case PORTRAIT -> portraits.exchange(draw);
            case LIST -> lists.exchange(draw);
            case ARITHMETIC -> tools.arithmetic(draw);
            case EXPRESSION -> tools.expression(draw);
            case EQUATION -> tools.equation(draw);
            case LETTER_COUNT -> words.letterCount(draw, words.drawLetterCount(draw));
            case SPELLING -> words.spelling(draw);
            case LETTERS -> words.letters(draw);
            case SMALL_TALK -> talk.smallTalk(draw);
            case IDENTITY -> talk.identity(draw);
            case UNKNOWN -> talk.unknown(draw);
            case REQUEST -> talk.request(draw);
            case NONSENSE -> nonsense.exchange(draw);
        };
    }

    /// In training as different people would ask it; held-out questions stay as they are.
    private Exchange asked(Draw draw, Exchange exchange) {
        if (draw.split() != Split.TRAIN) {
            return exchange;
        }
        return switch (exchange.kind()) {
            case FACT, FACT_CHECK, PORTRAIT, LIST, ARITHMETIC, EXPRESSION, EQUATION, LETTER_COUNT, SPELLING, LETTERS -> asked(draw,
                    exchange,
                    exchange.reply().text());
            // the replies repeat little, so a strange word would replace what matters
            case SMALL_TALK, IDENTITY, UNKNOWN, REQUEST -> asked(draw, exchange, exchange.question());
            case NONSENSE -> exchange;
        };
    }

    /// @param kept text whose words no strange word replaces
    private Exchange asked(Draw draw, Exchange exchange, String kept) {
        return exchange.asked(manner.typed(draw, manner.apply(draw, exchange.question(), kept), kept));
    }

    /// A third of the conversations are one exchange, the others up to eight.
    private static int exchangeCount(Draw draw) {
        return draw.percent(33) ? 1 : draw.between(2, MOST_EXCHANGES);
    }
}
