package nanochat.explain;

import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import nanochat.data.Batch;
import nanochat.data.DocumentSource;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// Batches of real text to train on: documents one after the other, each with bos before it, cut into rows wherever a row is full. After the last
/// document the first comes again.
final class RealBatches {
    private final Tokenizer tokenizer;
    private final Iterator<String> documents;
    private int[] document = {};
    private int at;

    private RealBatches(Tokenizer tokenizer, Iterator<String> documents) {
        this.tokenizer = tokenizer;
        this.documents = documents;
    }

    /// Of the reader's own documents, or where there are none of the built-in corpus in the model's language (in that of the page where it knows both).
    static RealBatches of(Subject subject, Language page) {
        return subject.documents().isEmpty()
                ? new RealBatches(subject.tokenizer(), ModelLanguage.corpus(subject.tokenizer(), page).documents(Split.TRAIN).iterator())
                : of(subject.tokenizer(), subject.documents());
    }

    static RealBatches ofCorpus(Tokenizer tokenizer, Split split) {
        return new RealBatches(tokenizer, new BuiltInCorpus(DocumentSource.BUILT_IN_SEED).documents(split).iterator());
    }

    static RealBatches of(Tokenizer tokenizer, List<String> documents) {
        return new RealBatches(tokenizer, Stream.generate(() -> documents).flatMap(List::stream).iterator());
    }

    Batch next(int rows, int length) {
        int[] inputs = new int[rows * length];
        int[] targets = new int[rows * length];
        for (int row = 0; row < rows; row++) {
            int token = nextToken();
            for (int i = row * length; i < (row + 1) * length; i++) {
                inputs[i] = token;
                token = nextToken();
                targets[i] = token;
            }
        }
        return new Batch(rows, length, inputs, targets);
    }

    private int nextToken() {
        if (at == document.length) {
            int[] text = tokenizer.encode(documents.next());
            document = new int[text.length + 1];
            document[0] = tokenizer.id(SpecialToken.BOS);
            System.arraycopy(text, 0, document, 1, text.length);
            at = 0;
        }
        return document[at++];
    }
}
