package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.api.Encoding;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToLongFunction;
import nanochat.bench.SyntheticText;
import org.junit.jupiter.api.Test;

/// Encoding on one thread beside jtokkit's, with the same vocabulary on the same text: `mvn -Pbenchmarks test`. Another text than the made-up one:
/// `-Dbenchmark.text=FILE`.
class EncodeBenchmark {
    private static final int VOCABULARY = 32_768;
    private static final int TRAINED_CHARACTERS = 60_000_000;
    private static final int ENCODED_CHARACTERS = 8_000_000;
    private static final int PASSES = 6;

    @Test
    void encodingBesideJtokkit() {
        List<String> documents = documents();
        TrainerOptions options = TrainerOptions.defaults().withVocabularySize(VOCABULARY);
        Tokenizer tokenizer = BpeTrainer.train(documents.iterator(), options, TrainingProgress.NONE).tokenizer();
        List<String> text = new ArrayList<>();
        long characters = 0;
        for (int i = 0; i < documents.size() && characters < ENCODED_CHARACTERS; i++) {
            text.add(documents.get(i));
            characters += documents.get(i).length();
        }
        long bytes = text.stream().mapToLong(document -> document.getBytes(StandardCharsets.UTF_8).length).sum();

        Encoding jtokkit = JtokkitOracle.of(tokenizer);
        Encoder encoder = tokenizer.encoder();
        TokenList tokens = new TokenList();
        ToLongFunction<String> ours = document -> {
            tokens.clear();
            encoder.encode(document, tokens);
            return tokens.size();
        };
        double ourSeconds = Double.MAX_VALUE;
        double theirSeconds = Double.MAX_VALUE;
        for (int pass = 0; pass < PASSES; pass++) {
            long start = System.nanoTime();
            long ourTokens = text.stream().mapToLong(ours).sum();
            long middle = System.nanoTime();
            long theirTokens = text.stream().mapToLong(document -> jtokkit.encodeOrdinary(document).size()).sum();
            long end = System.nanoTime();
            assertThat(ourTokens).isEqualTo(theirTokens);
            ourSeconds = Math.min(ourSeconds, (middle - start) / 1e9);
            theirSeconds = Math.min(theirSeconds, (end - middle) / 1e9);
        }
        System.out.printf(Locale.ROOT, "encode: %.1f MB/s, jtokkit: %.1f MB/s, ratio %.2f (best of %d, one thread, %d tokens, %.1f MB)%n",
                bytes / ourSeconds / 1e6, bytes / theirSeconds / 1e6, theirSeconds / ourSeconds, PASSES, VOCABULARY, bytes / 1e6);
    }

    private static List<String> documents() {
        Iterator<String> source = Optional.ofNullable(System.getProperty("benchmark.text"))
                .<Iterator<String>>map(file -> new TextChunks(Path.of(file), 10_000))
                .orElseGet(() -> new SyntheticText(1, TRAINED_CHARACTERS));
        List<String> documents = new ArrayList<>();
        source.forEachRemaining(documents::add);
        return documents;
    }
}
