package nanochat.tokenizer;

import nanochat.io.BadInputException;

/// What a tokenizer is trained to.
///
/// @param vocabularySize       tokens in all: 256 bytes, the merges, and the nine special tokens
/// @param maxCharacters        reading stops with the document that reaches this number of characters (code points)
/// @param maxDocumentCharacters the rest of a longer document is left out, so that a few huge ones do not decide the vocabulary
/// @param threads              threads that count pieces
public record TrainerOptions(int vocabularySize, long maxCharacters, int maxDocumentCharacters, int threads) {
    /// The smallest vocabulary: no merges at all.
    public static final int SMALLEST_VOCABULARY = Tokenizer.BYTES + SpecialToken.values().length;

    public TrainerOptions {
        if (vocabularySize < SMALLEST_VOCABULARY || vocabularySize > Tokenizer.LARGEST_VOCABULARY) {
            throw new BadInputException("A vocabulary of " + vocabularySize + " tokens is not possible: it must have at least "
                    + SMALLEST_VOCABULARY + " (256 bytes and " + SpecialToken.values().length + " special tokens) and at most "
                    + Tokenizer.LARGEST_VOCABULARY);
        }
        if (maxCharacters < 1 || maxDocumentCharacters < 1 || threads < 1) {
            throw new BadInputException("Characters, characters per document and threads must be at least 1, got " + maxCharacters + ", "
                    + maxDocumentCharacters + " and " + threads);
        }
    }

    /// The defaults: 32768 tokens from at most 2 billion characters, 10,000 a document, on all processors.
    public static TrainerOptions defaults() {
        return new TrainerOptions(32768, 2_000_000_000L, 10_000, Runtime.getRuntime().availableProcessors());
    }

    public TrainerOptions withVocabularySize(int size) {
        return new TrainerOptions(size, maxCharacters, maxDocumentCharacters, threads);
    }

    /// The number of merges to learn.
    public int merges() {
        return vocabularySize - SMALLEST_VOCABULARY;
    }
}
