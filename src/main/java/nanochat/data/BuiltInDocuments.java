package nanochat.data;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import nanochat.data.corpus.Corpus;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Split;

/// The documents of the built-in corpus: an epoch that never ends. Ranks take turns, document by document.
public final class BuiltInDocuments implements DocumentSource {
    /// So many documents of each split tell one version of the corpus from another.
    private static final int DOCUMENTS_OF_A_VERSION = 2000;

    private final long seed;
    private final CorpusLanguage language;
    private final Corpus corpus;
    private final Omissions omissions = new Omissions();
    private final OnceComputed<String> version = new OnceComputed<>(this::describe);

    /// The English ones.
    ///
    /// @param seed decides every document
    public BuiltInDocuments(long seed) {
        this(seed, CorpusLanguage.EN);
    }

    /// @param seed decides every document
    public BuiltInDocuments(long seed, CorpusLanguage language) {
        this.seed = seed;
        this.language = language;
        corpus = language.corpus(seed);
    }

    /// What they are written in.
    public CorpusLanguage language() {
        return language;
    }

    @Override
    public DocumentPosition start(Split split) {
        return at(0);
    }

    @Override
    public DocumentReader read(Split split, Share share, DocumentPosition from) {
        return new Reader(split, share, from.index());
    }

    @Override
    public void reread(Split split, Collection<DocumentPosition> positions, Consumer<Document> action) {
        for (DocumentPosition position : new LinkedHashSet<>(positions)) {
            action.accept(new Document(corpus.document(split, position.index()), position));
        }
    }

    @Override
    public List<String> notes() {
        return List.of();
    }

    @Override
    public String fingerprint() {
        return version.get();
    }

    /// The program that writes the corpus may be another version than the one that saved a run.
    private String describe() {
        CRC32 content = new CRC32();
        for (Split split : List.of(Split.TRAIN, Split.VALIDATION)) {
            IntStream.range(0, DOCUMENTS_OF_A_VERSION).mapToObj(index -> corpus.document(split, index))
                    .forEach(text -> content.update(text.getBytes(StandardCharsets.UTF_8)));
        }
        return String.format(Locale.ROOT, "%s, seed %d, content %08x", language.dataName(), seed, content.getValue());
    }

    @Override
    public String fingerprintOfSizes() {
        return fingerprint();
    }

    @Override
    public String fingerprintBefore(DocumentPosition position) {
        return fingerprint();
    }

    @Override
    public Omissions omissions() {
        return omissions;
    }

    @Override
    public String toString() {
        return "the built-in corpus";
    }

    private static DocumentPosition at(long index) {
        return new DocumentPosition(0, index, index);
    }

    private final class Reader implements DocumentReader {
        private final Split split;
        private final Share share;
        private long index;

        private Reader(Split split, Share share, long index) {
            this.split = split;
            this.share = share;
            this.index = index;
        }

        @Override
        public Optional<Document> next() {
            while (!share.owns(index)) {
                index++;
            }
            DocumentPosition position = at(index++);
            return Optional.of(new Document(corpus.document(split, position.index()), position));
        }

        @Override
        public DocumentPosition position() {
            return at(index);
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
