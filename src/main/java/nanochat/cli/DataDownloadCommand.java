package nanochat.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.PrintWriter;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import nanochat.data.download.DownloadResult;
import nanochat.data.download.PublicDataset;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.io.Progress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat data download`.
@Command(name = "download", description = "Fetch public data. After an interruption, run it again: it goes on where it stopped.")
public final class DataDownloadCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--dataset", required = true, showDefaultValue = CommandLine.Help.Visibility.NEVER, paramLabel = "NAME", description = "What to fetch: documents (climbmix, fineweb-edu), the data sets of the tasks (tasks), or the files of the CORE evaluation (core).")
    private PublicDataset dataset = PublicDataset.CLIMBMIX;

    @Option(names = "-n", defaultValue = "8", paramLabel = "N", description = "Training shards of documents, about 100 MB each, besides the validation shard; -1: all.")
    private int shards;

    @Option(names = "--workers", defaultValue = "4", paramLabel = "N", description = "Files to fetch at a time.")
    private int workers;

    @Option(names = "--base-url", paramLabel = "URL", description = "A server with the same paths to use instead of huggingface.co (for core: instead of its own server).")
    private Optional<URI> server = Optional.empty();

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    /// The last line of `--json`.
    private record Result(String dataset, @JsonUnwrapped DownloadResult download) {}

    @Override
    public void run() {
        DownloadResult result = dataset.download(new PublicDataset.Order(shards, workers, server), BaseDirectory.fromEnvironment());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(new Result(dataset.toString(), result)));
        } else {
            out.printf(Locale.ROOT, "%s: %d files, %d of them fetched now: %sB in %s%n", dataset, result.files(), result.downloaded(),
                    Progress.count(result.bytes()), Progress.duration(result.seconds()));
        }
    }
}
