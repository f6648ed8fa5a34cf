package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;

/// Conversations in Chinese about what the [ChineseCorpus] tells. Wordings and operands are apart as in the English ones; what is talked about, and in which
/// shares, is [ChineseKind].
public final class ChineseConversations implements Conversations {
    private static final long STREAM = 21;
    private static final long DIALOGUES = 22;
    private static final long QUESTIONS = 23;
    private static final int MOST_EXCHANGES = 6;
    /// How a fact of the same kind is asked for after another, by split: one in so many hundred follows.
    private static final int FOLLOWED_PERCENT = 20;

    private final long seed;
    private final ChineseFacts facts;
    private final ChineseStories stories;
    private final ChineseSums sums;
    private final ChineseTalk talk = new ChineseTalk();
    private final ChineseManner manner = new ChineseManner();
    private final List<ChineseKind> kindOfHundred = Draw.hundred(ChineseKind.values(), ChineseKind::percent);

    public ChineseConversations(long seed) {
        this(seed, new ChineseFacts(), new ChineseStories(), new ChineseSums());
    }

    ChineseConversations(long seed, ChineseFacts facts, ChineseStories stories, ChineseSums sums) {
        this.seed = seed;
        this.facts = facts;
        this.stories = stories;
        this.sums = sums;
    }

    @Override
    public Conversation conversation(Split split, long index) {
        Draw draw = Draw.of(seed, STREAM, split, index);
        List<Message> messages = new ArrayList<>();
        if (draw.percent(5)) {
            messages.add(new Message.SystemPrompt(talk.systemPrompt(draw)));
        }
        exchanges(draw, draw.percent(40) ? 1 : draw.between(2, MOST_EXCHANGES)).forEach(exchange -> messages.addAll(exchange.messages()));
        return new Conversation(messages);
    }

    @Override
    public List<Exchange> dialogue(Split split, int exchanges, long index) {
        return exchanges(Draw.of(seed, DIALOGUES, split, index), exchanges);
    }

    /// Question `index` of one kind: what evaluations ask.
    public Exchange exchange(Split split, ChineseKind kind, long index) {
        Draw draw = Draw.of(seed, QUESTIONS + 100 * kind.task().hashCode(), split, index);
        return typed(draw, exchange(draw, kind));
    }

    private List<Exchange> exchanges(Draw draw, int count) {
        List<Exchange> exchanges = new ArrayList<>();
        if (count > 1 && draw.percent(20)) {
            exchanges.add(typed(draw, talk.opening(draw)));
        }
        boolean closing = count - exchanges.size() > 1 && draw.percent(15);
        int before = closing ? count - 1 : count;
        while (exchanges.size() < before) {
            ChineseKind kind = draw.of(kindOfHundred);
            if (kind == ChineseKind.FACT && exchanges.size() + 1 < before && draw.percent(FOLLOWED_PERCENT)) {
                ChineseFacts.Known fact = facts.of(draw, kind);
                ChineseFacts.Known next = facts.another(draw, fact);
                exchanges.add(typed(draw, facts.exchange(draw, fact)));
                exchanges.add(typed(draw, facts.exchange(draw, next, followUp(draw, next.subject()))));
            } else {
                exchanges.add(typed(draw, exchange(draw, kind)));
            }
        }
        if (closing) {
            exchanges.add(typed(draw, talk.closing(draw)));
        }
        return exchanges;
    }

    private static String followUp(Draw draw, String subject) {
        return switch (draw.split()) {
            case TRAIN -> draw.of(List.of("那%s呢？", "%s呢？", "还有%s呢？", "那么%s呢？")).formatted(subject);
            case VALIDATION -> "换成" + subject + "呢？";
            case TEST -> "如果是" + subject + "呢？";
        };
    }

    private Exchange exchange(Draw draw, ChineseKind kind) {
        return switch (kind) {
            case FACT, POEM, IDIOM -> facts.exchange(draw, facts.of(draw, kind));
            case SUM -> sums.exchange(draw);
            case REASONING -> stories.exchange(draw);
            case SMALL_TALK -> talk.smallTalk(draw);
            case IDENTITY -> talk.identity(draw);
            case UNKNOWN -> talk.unknown(draw);
            case REQUEST -> talk.request(draw);
            case NONSENSE -> talk.nonsense(draw);
        };
    }

    /// In training as different people would type it; held-out questions stay as they are.
    private Exchange typed(Draw draw, Exchange exchange) {
        return draw.split() == Split.TRAIN ? exchange.asked(manner.of(draw, exchange.question())) : exchange;
    }
}
