package nanochat.data;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.data.corpus.Split;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Encoder;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.TokenList;
import nanochat.tokenizer.Tokenizer;

/// The documents of one split as tokens: one epoch, or one epoch after the other without end. Not for use by two threads at once.
final class TokenizedDocuments implements AutoCloseable {
    private final DocumentSource source;
    private final Encoder encoder;
    private final TokenList tokens = new TokenList();
    private final int bos;
    private final Split split;
    private final Share share;
    private final int keptTokens;
    private final long neededTokens;
    private DocumentReader reader;
    private int epoch;
    private boolean wholeEpoch;
    private long epochTokens;

    /// @param layout decides how many tokens of a document are kept: best-fit packing never uses more than fit in a row
    TokenizedDocuments(DocumentSource source, Tokenizer tokenizer, BatchLayout layout, Split split, Share share) {
        this.source = source;
        encoder = tokenizer.encoder();
        bos = tokenizer.id(SpecialToken.BOS);
        this.split = split;
        this.share = share;
        keptTokens = layout.packing() == Packing.BESTFIT ? layout.rowTokens() : Integer.MAX_VALUE;
        neededTokens = (long) layout.rows() * layout.rowTokens();
        reader = source.read(split, share, source.start(split));
        epoch = 1;
        wholeEpoch = true;
    }

    /// Goes on from a place in an epoch.
    void seek(int newEpoch, DocumentPosition position) {
        reader.close();
        reader = source.read(split, share, position);
        epoch = newEpoch;
        wholeEpoch = position.equals(source.start(split));
        epochTokens = 0;
    }

    /// The next document of this epoch that has text, or nothing at its end.
    Optional<TokenizedDocument> nextOfEpoch() {
        Optional<Document> document = reader.next();
        while (document.isPresent() && document.get().text().isBlank()) {
            source.omissions().empty(document.get().position());
            document = reader.next();
        }
        Optional<TokenizedDocument> tokenized = document.map(this::tokenized);
        tokenized.ifPresent(found -> epochTokens += found.length());
        return tokenized;
    }

    /// The next document; after the last one comes the first one of the next epoch.
    ///
    /// @throws BadInputException when all documents of an epoch together do not fill one batch
    TokenizedDocument nextOfAnyEpoch() {
        Optional<TokenizedDocument> document = nextOfEpoch();
        while (document.isEmpty()) {
            if (wholeEpoch && epochTokens < neededTokens) {
                throw new BadInputException(tooFew());
            }
            seek(epoch + 1, source.start(split));
            document = nextOfEpoch();
        }
        return document.get();
    }

    private String tooFew() {
        String ofRank = share.ranks() == 1 ? "" : " for rank " + share.rank() + " of " + share.ranks();
        return "The data is smaller than one batch: the " + (split == Split.TRAIN ? "training" : "validation") + " documents of " + source
                + ofRank + " come to " + epochTokens + " tokens, a batch takes " + neededTokens
                + ". Give more text, or lower the device batch size or the sequence length."
                + String.join("", source.omissions().lines().stream().map(line -> "\n" + line).toList());
    }

    /// Tokenizes documents again, given by their positions; the result is in the same order.
    List<TokenizedDocument> reread(List<DocumentPosition> positions) {
        Map<DocumentPosition, TokenizedDocument> found = HashMap.newHashMap(positions.size());
        source.reread(split, positions, document -> found.put(document.position(), tokenized(document)));
        return positions.stream().map(found::get).toList();
    }

    private TokenizedDocument tokenized(Document document) {
        tokens.clear();
        tokens.accept(bos);
        encoder.encode(document.text(), tokens);
        int[] kept = new int[Math.min(tokens.size(), keptTokens)];
        tokens.copyTo(0, kept, 0, kept.length);
        return new TokenizedDocument(kept, tokens.size(), document.position());
    }

    /// The epoch of the last document, counted from 1.
    int epoch() {
        return epoch;
    }

    /// Where the document stands that comes next.
    DocumentPosition position() {
        return reader.position();
    }

    @Override
    public void close() {
        reader.close();
    }
}
