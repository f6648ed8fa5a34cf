package nanochat.cli;

import java.util.List;
import nanochat.data.DocumentSource;
import nanochat.data.TextSplit;
import nanochat.data.download.ShardedDataset;
import nanochat.io.BaseDirectory;
import picocli.CommandLine.Option;

/// The options that name the documents, the same for every command that reads some.
final class DataOptions {
    @Option(names = "--data", arity = "1..*", defaultValue = DocumentSource.BUILT_IN, paramLabel = "PATH", description = "'builtin', a downloaded dataset (climbmix, fineweb-edu), or files and folders of documents (names ending in .parquet, .jsonl or .txt).")
    private List<String> data = List.of();

    @Option(names = "--text-split", defaultValue = "blank_lines", paramLabel = "HOW", description = "What a document is in .txt files: ${COMPLETION-CANDIDATES}.")
    private TextSplit textSplit = TextSplit.BLANK_LINES;

    /// As they were given.
    List<String> names() {
        return data;
    }

    DocumentSource source() {
        return DocumentSource.of(data.stream().map(DataOptions::path).toList(), textSplit);
    }

    /// The name of a public dataset stands for the folder it was downloaded to; a file or folder of that name is `./climbmix`.
    private static String path(String given) {
        return ShardedDataset.named(given).map(dataset -> dataset.downloaded(BaseDirectory.fromEnvironment()).toString()).orElse(given);
    }
}
