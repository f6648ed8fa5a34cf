package nanochat.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import nanochat.data.BuiltInDocuments;
import nanochat.data.DocumentReader;
import nanochat.data.DocumentSource;
import nanochat.data.Share;
import nanochat.data.corpus.Split;
import nanochat.io.Progress;
import nanochat.tokenizer.BpeTrainer;
import nanochat.tokenizer.TrainerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat tokenizer train`.
@Command(name = "train", description = "Learn a vocabulary from text.")
public final class TokenizerTrainCommand implements Callable<Integer> {
    /// The default of the option; the built-in corpus has no end, and far less of it says everything it has to say.
    private static final long ENOUGH_OF_FILES = 2_000_000_000L;
    private static final long ENOUGH_OF_THE_BUILT_IN_CORPUS = 20_000_000L;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private DataOptions documents = new DataOptions();

    @Option(names = "--vocab-size", defaultValue = "32768", paramLabel = "V", description = "Tokens in all, the 256 bytes and 9 special tokens included.")
    private int vocabularySize;

    @Option(names = "--max-chars", defaultValue = "2000000000", paramLabel = "N", description = "Stop reading after N characters; of the built-in corpus after 20 million, unless given.")
    private long maxCharacters;

    @Option(names = "--doc-cap", defaultValue = "10000", paramLabel = "N", description = "Use at most N characters of each document.")
    private int maxDocumentCharacters;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Mixin
    private TokenizerOption tokenizer = new TokenizerOption();

    @Override
    public Integer call() {
        DocumentSource source = documents.source();
        boolean endless = source instanceof BuiltInDocuments;
        long characters = endless && maxCharacters == ENOUGH_OF_FILES ? ENOUGH_OF_THE_BUILT_IN_CORPUS : maxCharacters;
        TrainerOptions options = new TrainerOptions(vocabularySize, characters, maxDocumentCharacters, threads.count());
        long start = System.nanoTime();
        BpeTrainer.Result result;
        try (DocumentReader reader = source.read(Split.TRAIN, Share.WHOLE, source.start(Split.TRAIN));
                TrainingProgressLines progress = new TrainingProgressLines(endless ? characters : 0)) {
            result = BpeTrainer.train(reader.texts(), options, progress);
        }
        result.tokenizer().save(tokenizer.file());
        documents.report(source);
        spec.commandLine().getOut().printf(Locale.ROOT, "%d tokens from %s characters (%s distinct pieces) in %s: %s%n", vocabularySize,
                Progress.count(result.characters()), Progress.count(result.distinctPieces()),
                Progress.duration((System.nanoTime() - start) / 1e9), tokenizer.file());
        return 0;
    }
}
