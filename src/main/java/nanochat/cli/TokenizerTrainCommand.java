package nanochat.cli;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import nanochat.io.Progress;
import nanochat.tokenizer.BpeTrainer;
import nanochat.tokenizer.TextChunks;
import nanochat.tokenizer.TrainerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat tokenizer train`.
@Command(name = "train", description = "Learn a vocabulary from text.")
public final class TokenizerTrainCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--data", arity = "1..*", required = true, paramLabel = "PATH", description = "Text files to learn from.")
    private List<Path> data = List.of();

    @Option(names = "--vocab-size", defaultValue = "32768", paramLabel = "V", description = "Tokens in all, the 256 bytes and 9 special tokens included.")
    private int vocabularySize;

    @Option(names = "--max-chars", defaultValue = "2000000000", paramLabel = "N", description = "Stop reading after so many characters.")
    private long maxCharacters;

    @Option(names = "--doc-cap", defaultValue = "10000", paramLabel = "N", description = "Use at most so many characters of a document.")
    private int maxDocumentCharacters;

    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Threads; 0: one per processor.")
    private int threads;

    @Mixin
    private TokenizerOption tokenizer = new TokenizerOption();

    @Override
    public Integer call() {
        int allThreads = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        TrainerOptions options = new TrainerOptions(vocabularySize, maxCharacters, maxDocumentCharacters, allThreads);
        long start = System.nanoTime();
        BpeTrainer.Result result;
        try (TrainingProgressLines progress = new TrainingProgressLines(expectedCharacters())) {
            result = BpeTrainer.train(documents(), options, progress);
        }
        result.tokenizer().save(tokenizer.file());
        spec.commandLine().getOut().printf(Locale.ROOT, "%d tokens from %s characters (%s distinct pieces) in %s: %s%n", vocabularySize,
                Progress.count(result.characters()), Progress.count(result.distinctPieces()),
                Progress.duration((System.nanoTime() - start) / 1e9), tokenizer.file());
        return 0;
    }

    /// The documents to learn from, in order.
    private Iterator<String> documents() {
        return data.stream().flatMap(this::chunks).iterator();
    }

    /// What will be read, where that is known: a file has at most as many characters as bytes, so only larger ones are sure to reach
    /// the limit.
    private long expectedCharacters() {
        return data.stream().mapToLong(file -> file.toFile().length()).sum() > 4 * maxCharacters ? maxCharacters : 0;
    }

    private Stream<String> chunks(Path file) {
        Iterable<String> chunks = () -> new TextChunks(file, maxDocumentCharacters);
        return StreamSupport.stream(chunks.spliterator(), false);
    }
}
