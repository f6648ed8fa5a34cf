package nanochat.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import nanochat.io.BadInputException;
import nanochat.tokenizer.BpeTrainer;
import nanochat.tokenizer.Encoder;
import nanochat.tokenizer.TokenSink;
import nanochat.tokenizer.Tokenizer;
import nanochat.tokenizer.TrainerOptions;
import nanochat.tokenizer.TrainingProgress;

/// How fast tokenizers are trained and text is encoded here. Training is measured once, cold, as a user meets it; encoding after a warm-up,
/// the best of several passes.
public final class TokenizerBenchmark {
    private static final int PASSES = 5;
    private static final long MEGABYTE = 1_000_000;
    private static final long ENCODED_CHARACTERS = 20 * MEGABYTE;

    private TokenizerBenchmark() {
    }

    /// What was measured, on text in memory; a megabyte is a million bytes of UTF-8.
    ///
    /// @param encodeMbPerSecond    encoding on one thread
    /// @param encodeMbPerSecondAll encoding on `threads` threads
    /// @param trainCharsPerSecond  training from text to vocabulary, merging included, on `threads` threads
    /// @param bytesPerToken        how well the trained vocabulary compresses the text it was trained on
    public record Result(double encodeMbPerSecond, double encodeMbPerSecondAll, double trainCharsPerSecond, int vocabularySize,
            long characters, int distinctPieces, double bytesPerToken, int threads) {}

    /// Trains on `documents`, then encodes the first of them with what came out.
    public static Result run(List<String> documents, TrainerOptions options, TrainingProgress progress) {
        long start = System.nanoTime();
        BpeTrainer.Result trained = BpeTrainer.train(documents.iterator(), options, progress);
        double trainSeconds = secondsSince(start);

        List<String> encoded = firstOf(documents);
        long bytes = encoded.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
        TokenCounter tokens = new TokenCounter();
        Encoder encoder = trained.tokenizer().encoder();
        double oneThread = Double.MAX_VALUE;
        for (int pass = 0; pass < PASSES; pass++) {
            long passStart = System.nanoTime();
            tokens.count = 0;
            for (String text : encoded) {
                encoder.encode(text, tokens);
            }
            oneThread = Math.min(oneThread, secondsSince(passStart));
        }
        double allThreads = Double.MAX_VALUE;
        try (ExecutorService pool = Executors.newFixedThreadPool(options.threads())) {
            for (int pass = 0; pass < PASSES; pass++) {
                long passStart = System.nanoTime();
                encodeOnAll(pool, trained.tokenizer(), encoded, options.threads());
                allThreads = Math.min(allThreads, secondsSince(passStart));
            }
        }
        return new Result(bytes / oneThread / MEGABYTE, bytes / allThreads / MEGABYTE, trained.characters() / trainSeconds,
                options.vocabularySize(), trained.characters(), trained.distinctPieces(), (double) bytes / tokens.count, options.threads());
    }

    private static final class TokenCounter implements TokenSink {
        private long count;

        @Override
        public void accept(int token) {
            count++;
        }
    }

    private static List<String> firstOf(List<String> documents) {
        List<String> first = new ArrayList<>();
        long characters = 0;
        for (String document : documents) {
            first.add(document);
            characters += document.length();
            if (characters >= ENCODED_CHARACTERS) {
                break;
            }
        }
        if (characters == 0) {
            throw new BadInputException("There is no text to measure with");
        }
        return first;
    }

    /// Thread i encodes the documents i, i + threads, ...
    private static void encodeOnAll(ExecutorService pool, Tokenizer tokenizer, List<String> documents, int threads) {
        List<Callable<Long>> shares = new ArrayList<>();
        for (int first = 0; first < threads; first++) {
            int share = first;
            shares.add(() -> {
                TokenCounter tokens = new TokenCounter();
                Encoder encoder = tokenizer.encoder();
                for (int i = share; i < documents.size(); i += threads) {
                    encoder.encode(documents.get(i), tokens);
                }
                return tokens.count;
            });
        }
        try {
            for (Future<Long> share : pool.invokeAll(shares)) {
                share.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("encoding failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while encoding", e);
        }
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
