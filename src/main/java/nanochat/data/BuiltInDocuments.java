package nanochat.data;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;

/// The documents of the built-in corpus: an epoch that never ends. Ranks take turns, document by document.
public final class BuiltInDocuments implements DocumentSource {
    private final long seed;
    private final BuiltInCorpus corpus;
    private final Omissions omissions = new Omissions();

    /// @param seed decides every document
    public BuiltInDocuments(long seed) {
        this.seed = seed;
        corpus = new BuiltInCorpus(seed);
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
        return BUILT_IN + ", seed " + seed;
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
