package nanochat.tokenizer;

import java.util.Iterator;
import java.util.List;
import nanochat.io.BadInputException;

/// Learns a vocabulary from text: byte-pair encoding.
///
/// Identical pieces are counted once, with their number; then, again and again, the pair of adjacent tokens with the highest count becomes
/// a new token. Of pairs with equal counts the smaller one goes first (left id, then right id), so the result depends on nothing but the text: not on the
/// number of threads, not on the order of the documents.
///
/// Memory: the text is streamed; held are its distinct pieces, at most once per thread with about 40 bytes each while counting, and about 100
/// bytes per byte of distinct pieces at worst (typically 30) while merging.
public final class BpeTrainer {
    private BpeTrainer() {
    }

    /// What training found.
    ///
    /// @param tokenizer      the vocabulary
    /// @param counts         per merge, how often its pair occurred when it was merged
    /// @param characters     characters (code points) counted
    /// @param distinctPieces different pieces among them
    public record Result(Tokenizer tokenizer, List<Long> counts, long characters, int distinctPieces) {
        public Result {
            counts = List.copyOf(counts);
        }
    }

    /// Trains on `documents`, which are read once, by the calling thread.
    ///
    /// @throws BadInputException when there is no text, or too little of it for so many merges
    public static Result train(Iterator<String> documents, TrainerOptions options, TrainingProgress progress) {
        PieceCounter counter = new PieceCounter(options, progress);
        PieceCounts pieces = counter.count(documents);
        if (pieces.size() == 0) {
            throw new BadInputException("There is no text to train a tokenizer on: the documents are empty");
        }
        MergeLearner learner = new MergeLearner(pieces, options.merges());
        learner.learn(progress);
        return new Result(Tokenizer.ofMerges(learner.merges()), learner.counts(), counter.characters(), pieces.size());
    }
}
