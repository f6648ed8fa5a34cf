package nanochat.data.corpus;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// A corpus without end that needs no download: short stories in simple English, facts in many phrasings, arithmetic, equations, spelling.
///
/// Seed, split and index decide the text of a document, so any part can be had at any time, in any order, on any number of threads.
/// Documents are 300 to 1500 characters of ASCII. What training never sees, validation shows: held-out phrasings and held-out operands.
public final class BuiltInCorpus {
    private static final long STREAM = 0;

    private final long seed;
    private final DocumentKind[] kindOfHundred = new DocumentKind[100];
    private final Map<DocumentKind, DocumentWriter> writers = new EnumMap<>(DocumentKind.class);

    public BuiltInCorpus(long seed) {
        this.seed = seed;
        int next = 0;
        for (DocumentKind kind : DocumentKind.values()) {
            for (int i = 0; i < kind.percent(); i++) {
                kindOfHundred[next++] = kind;
            }
        }
        Facts facts = new Facts();
        Grammar grammar = new Grammar("cast.txt", List.of("stories.txt", "introductions.txt"));
        FactWriter factWriter = new FactWriter(facts);
        writers.put(DocumentKind.STORY, (draw, out) -> grammar.append("story", grammar.scene(draw), out));
        writers.put(DocumentKind.INTRODUCTION, (draw, out) -> grammar.append("introduction", grammar.scene(draw), out));
        writers.put(DocumentKind.PROFILES, factWriter::profiles);
        writers.put(DocumentKind.NOTES, factWriter::notes);
        writers.put(DocumentKind.QUIZ, factWriter::quiz);
        writers.put(DocumentKind.CLASSROOM, factWriter::classroom);
        writers.put(DocumentKind.ARITHMETIC, new SumWriter());
        writers.put(DocumentKind.EQUATIONS, new EquationWriter());
        writers.put(DocumentKind.SPELLING, new SpellingWriter());
    }

    /// The text of document `index` of a split. The same for the same seed, split and index, always.
    public String document(Split split, long index) {
        Draw draw = Draw.of(seed, STREAM, split, index);
        StringBuilder out = new StringBuilder(2048);
        writers.get(drawKind(draw)).write(draw, out);
        return out.toString().strip();
    }

    /// What kind of document this is.
    public DocumentKind kind(Split split, long index) {
        return drawKind(Draw.of(seed, STREAM, split, index));
    }

    /// All documents of a split in order, from the first; the stream ends only after 2^63 of them.
    public Stream<String> documents(Split split) {
        return LongStream.range(0, Long.MAX_VALUE).mapToObj(index -> document(split, index));
    }

    private DocumentKind drawKind(Draw draw) {
        return kindOfHundred[draw.random().nextInt(kindOfHundred.length)];
    }
}
