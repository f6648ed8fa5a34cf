package nanochat.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/// Small tokenizers for tests.
final class Trained {
    private Trained() {
    }

    /// Trained on the corpus of `reference/bpe-small`.
    static Tokenizer onReferenceCorpus(int vocabularySize) {
        TrainerOptions options = new TrainerOptions(vocabularySize, Long.MAX_VALUE, Integer.MAX_VALUE, 2);
        String corpus = new String(reference("corpus.txt"), StandardCharsets.UTF_8);
        return BpeTrainer.train(List.of(corpus).iterator(), options, TrainingProgress.NONE).tokenizer();
    }

    /// A file of `reference/bpe-small`.
    static byte[] reference(String name) {
        try (InputStream in = Objects.requireNonNull(Trained.class.getResourceAsStream("/reference/bpe-small/" + name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
