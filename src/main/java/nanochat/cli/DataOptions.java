package nanochat.cli;

import java.util.List;
import nanochat.data.BadDocuments;
import nanochat.data.DocumentOptions;
import nanochat.data.DocumentSource;
import nanochat.data.TextSplit;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.download.ShardedDataset;
import nanochat.io.BaseDirectory;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The options that name the documents, the same for every command that reads some.
final class DataOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--data", arity = "1..*", defaultValue = DocumentSource.BUILT_IN, paramLabel = "PATH", description = "'builtin', a downloaded dataset (climbmix, fineweb-edu), or files and folders of documents (names ending in .parquet, .jsonl or .txt, the last two also with .gz or .zst).")
    private List<String> data = List.of();

    @Mixin
    private CorpusLanguageOption language = new CorpusLanguageOption();

    @Option(names = "--text-split", defaultValue = "blank_lines", paramLabel = "HOW", description = "What a document is in .txt files: ${COMPLETION-CANDIDATES}.")
    private TextSplit textSplit = TextSplit.BLANK_LINES;

    @Option(names = "--text-field", defaultValue = DocumentOptions.TEXT_FIELD, paramLabel = "NAME", description = "The field of .jsonl, or the column of .parquet, that holds a document.")
    private String textField = DocumentOptions.TEXT_FIELD;

    @Option(names = "--bad-documents", defaultValue = "stop", paramLabel = "HOW", description = "What to do when one cannot be read: ${COMPLETION-CANDIDATES}; what is skipped is counted.")
    private BadDocuments badDocuments = BadDocuments.STOP;

    /// As they were given; of the built-in corpus what it is called in its language.
    List<String> names() {
        return language.of(data);
    }

    /// Of the built-in corpus.
    CorpusLanguage language() {
        return language.value();
    }

    /// What is to be known of the documents is said on standard error.
    DocumentSource source() {
        DocumentSource source = DocumentSource.of(names().stream().map(DataOptions::path).toList(), new DocumentOptions(textSplit,
                textField,
                badDocuments));
        source.notes().forEach(spec.commandLine().getErr()::println);
        return source;
    }

    /// Says on standard error what was left out while the documents were read.
    void report(DocumentSource source) {
        source.omissions().lines().forEach(spec.commandLine().getErr()::println);
    }

    /// The name of a public dataset stands for the folder it was downloaded to; a file or folder of that name is `./climbmix`.
    private static String path(String given) {
        return ShardedDataset.named(given).map(dataset -> dataset.downloaded(BaseDirectory.fromEnvironment()).toString()).orElse(given);
    }
}
