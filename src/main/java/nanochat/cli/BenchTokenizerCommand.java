package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import nanochat.bench.SyntheticText;
import nanochat.bench.TokenizerBenchmark;
import nanochat.io.Json;
import nanochat.tokenizer.TextChunks;
import nanochat.tokenizer.TrainerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat bench tokenizer`.
@Command(name = "tokenizer", description = "Training and encoding speed of the tokenizer.")
public final class BenchTokenizerCommand implements Callable<Integer> {
    private static final int DOCUMENT_CHARACTERS = 10_000;
    private static final long SEED = 1;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--data", paramLabel = "FILE", description = "A text file; by default, made-up text with the word statistics of English.")
    private Optional<Path> data = Optional.empty();

    @Option(names = "--megabytes", defaultValue = "200", paramLabel = "N", description = "Text to train on, in millions of characters; it is held in memory.")
    private int megabytes;

    @Option(names = "--vocab-size", defaultValue = "32768", paramLabel = "V", description = "Tokens to train.")
    private int vocabularySize;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(names = "--json", description = "Print one JSON object as the last line.")
    private boolean json;

    @Override
    public Integer call() {
        long characters = 1_000_000L * megabytes;
        TrainerOptions options = new TrainerOptions(vocabularySize, characters, DOCUMENT_CHARACTERS, threads.count());
        TokenizerBenchmark.Result result;
        try (TrainingProgressLines progress = new TrainingProgressLines(characters)) {
            result = TokenizerBenchmark.run(documents(characters), options, progress);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "train   %8.2f M characters/s (%d threads, %d tokens, %.0f M characters, %d distinct pieces)%n",
                result.trainCharsPerSecond() / 1e6, result.threads(), result.vocabularySize(), result.characters() / 1e6, result
                        .distinctPieces());
        out.printf(Locale.ROOT, "encode  %8.2f MB/s (one thread)%n", result.encodeMbPerSecond());
        out.printf(Locale.ROOT, "encode  %8.2f MB/s (%d threads)%n", result.encodeMbPerSecondAll(), result.threads());
        if (json) {
            out.println(Json.line(result));
        }
        return 0;
    }

    private List<String> documents(long characters) {
        Iterator<String> source = data.<Iterator<String>>map(file -> new TextChunks(file, DOCUMENT_CHARACTERS))
                .orElseGet(() -> new SyntheticText(SEED, characters));
        List<String> documents = new ArrayList<>();
        long read = 0;
        while (read < characters && source.hasNext()) {
            documents.add(source.next());
            read += documents.getLast().length();
        }
        return documents;
    }
}
