package nanochat.data.corpus;

import java.util.List;

/// A corpus without end that needs no download: short stories in simple English, facts in many phrasings, arithmetic, equations, spelling, questions
/// as people type them.
///
/// Seed, split and index decide the text of a document, so any part can be had at any time, in any order, on any number of threads.
/// Documents are 300 to 1500 characters of ASCII. What training never sees, validation shows: held-out phrasings and held-out operands.
public final class BuiltInCorpus implements Corpus {
    private static final long STREAM = 0;

    private final long seed;
    private final List<DocumentKind> kindOfHundred = Draw.hundred(DocumentKind.values(), DocumentKind::percent);
    private final Grammar grammar = new Grammar("cast.txt", List.of("stories.txt", "introductions.txt"));
    private final FactWriter facts = new FactWriter(new Facts());
    private final SumWriter sums = new SumWriter();
    private final EquationWriter equations = new EquationWriter();
    private final SpellingWriter spelling = new SpellingWriter();
    private final TalkWriter talk;

    public BuiltInCorpus(long seed) {
        this.seed = seed;
        talk = new TalkWriter(new BuiltInConversations(seed));
    }

    @Override
    public String document(Split split, long index) {
        Draw draw = Draw.of(seed, STREAM, split, index);
        StringBuilder out = new StringBuilder(2048);
        switch (drawKind(draw)) {
            case STORY -> grammar.append("story", grammar.scene(draw), out);
            case INTRODUCTION -> grammar.append("introduction", grammar.scene(draw), out);
            case PROFILES -> facts.profiles(draw, out);
            case NOTES -> facts.notes(draw, out);
            case QUIZ -> facts.quiz(draw, out);
            case CLASSROOM -> facts.classroom(draw, out);
            case ARITHMETIC -> sums.write(draw, out);
            case EQUATIONS -> equations.write(draw, out);
            case SPELLING -> spelling.write(draw, out);
            case TALK -> talk.write(draw, out);
        }
        return out.toString().strip();
    }

    /// What kind of document this is.
    public DocumentKind kind(Split split, long index) {
        return drawKind(Draw.of(seed, STREAM, split, index));
    }

    private DocumentKind drawKind(Draw draw) {
        return draw.of(kindOfHundred);
    }
}
