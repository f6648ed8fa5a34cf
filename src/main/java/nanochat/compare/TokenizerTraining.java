package nanochat.compare;

import java.util.Iterator;
import java.util.stream.Stream;
import nanochat.data.DocumentReader;
import nanochat.data.DocumentSource;
import nanochat.data.Share;
import nanochat.data.corpus.Split;
import nanochat.tokenizer.BpeTrainer;
import nanochat.tokenizer.Tokenizer;
import nanochat.tokenizer.TrainerOptions;
import nanochat.tokenizer.TrainingProgress;
import nanochat.train.Speedrun;

/// The tokenizer of a comparison: learned from the first documents that are trained on.
final class TokenizerTraining {
    /// Of text in long documents this is as much as the speedrun learns from.
    private static final long MOST_CHARACTERS = 20_000_000;

    private TokenizerTraining() {
    }

    /// @param vocabulary tokens that it shall have
    static Tokenizer of(DocumentSource source, int vocabulary) {
        TrainerOptions usual = TrainerOptions.defaults();
        TrainerOptions options = new TrainerOptions(vocabulary, MOST_CHARACTERS, usual.maxDocumentCharacters(), usual.threads());
        try (DocumentReader reader = source.read(Split.TRAIN, Share.WHOLE, source.start(Split.TRAIN))) {
            Iterator<String> texts = reader.texts();
            Stream<String> first = Stream.generate(() -> texts).takeWhile(Iterator::hasNext).map(Iterator::next).limit(
                    Speedrun.TOKENIZER_DOCUMENTS);
            return BpeTrainer.train(first.iterator(), options, TrainingProgress.NONE).tokenizer();
        }
    }
}
