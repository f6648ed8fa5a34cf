package nanochat.data.corpus;

import java.util.List;

/// A corpus in Chinese without end: poems, idioms, facts in many phrasings, sums, small stories, questions as people type them. Documents are 150 to 450
/// characters.
public final class ChineseCorpus implements Corpus {
    private static final long STREAM = 20;
    /// Chinese says in one character what takes English some three.
    private static final int SHORTER = 3;
    /// Of a hundred documents: stories, facts, questions with their answers, poems, sums; the rest are conversations.
    private static final int STORIES = 20;
    private static final int FACTS = STORIES + 25;
    private static final int QUIZ = FACTS + 25;
    private static final int POEMS = QUIZ + 12;
    private static final int SUMS = POEMS + 6;

    private final long seed;
    private final ChineseFacts facts = new ChineseFacts();
    private final ChineseStories stories = new ChineseStories();
    private final ChineseSums sums = new ChineseSums();
    private final ChineseConversations conversations;

    public ChineseCorpus(long seed) {
        this.seed = seed;
        conversations = new ChineseConversations(seed, facts, stories, sums);
    }

    @Override
    public String document(Split split, long index) {
        Draw draw = Draw.of(seed, STREAM, split, index);
        int kind = draw.random().nextInt(100);
        int length = draw.length() / SHORTER;
        StringBuilder out = new StringBuilder();
        while (out.length() < length) {
            if (kind < STORIES) {
                out.append(stories.passage(draw)).append(draw.percent(30) ? "\n" : "");
            } else if (kind < FACTS) {
                out.append(facts.statement(draw, facts.any(draw))).append(draw.percent(40) ? "\n" : "");
            } else if (kind < QUIZ) {
                quiz(draw, out);
            } else if (kind < POEMS) {
                poem(draw, out);
            } else if (kind < SUMS) {
                out.append(sums.statement(draw)).append(draw.percent(50) ? "\n" : "");
            } else {
                talk(draw, split, out);
            }
        }
        return out.toString().strip();
    }

    private void quiz(Draw draw, StringBuilder out) {
        Exchange exchange = draw.percent(15) ? stories.exchange(draw) : facts.exchange(draw, facts.any(draw));
        boolean marked = draw.percent(50);
        out.append(marked ? "问：" : "").append(exchange.question()).append(draw.percent(70) ? "\n" : "")
                .append(marked ? "答：" : "").append(exchange.reply().text()).append("\n");
    }

    /// Lines of poems, whole, and cut where somebody who recites them stops to think: a tokenizer may take a whole line for one token, and then what comes
    /// after a part of it would be seen nowhere.
    private void poem(Draw draw, StringBuilder out) {
        ChineseFacts.Known lines = draw.of(facts.of(ChineseRelation.NEXT_LINE));
        String upper = lines.subject();
        if (draw.percent(50)) {
            int cut = draw.between(1, upper.length() - 1);
            String pause = draw.percent(70) ? " " : "\n";
            out.append(upper, 0, cut).append(pause).append(upper, cut, upper.length()).append("，").append(lines.answer()).append("。\n");
        } else {
            out.append(upper).append("，").append(lines.answer()).append("。\n");
        }
    }

    private void talk(Draw draw, Split split, StringBuilder out) {
        Exchange exchange = conversations.exchange(split, draw.of(List.of(ChineseKind.SMALL_TALK, ChineseKind.UNKNOWN, ChineseKind.IDENTITY,
                ChineseKind.FACT)), draw.random().nextLong() >>> 1);
        out.append(exchange.question()).append("\n").append(exchange.reply().text()).append("\n");
    }
}
