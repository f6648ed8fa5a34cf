package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import nanochat.data.BuiltInDocuments;
import nanochat.data.DocumentSource;
import nanochat.data.ShardWriter;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat data pack`.
@Command(name = "pack", description = "Repackage any documents as Parquet shards; the last one is the validation split.")
public final class DataPackCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private DataOptions documents = new DataOptions();

    @Option(names = "--output", required = true, paramLabel = "FOLDER", description = "Where the shards go.")
    private Path output = Path.of("");

    @Option(names = "--shard-mb", defaultValue = "250", paramLabel = "MB", description = "Text in a shard, before compression.")
    private long shardMegabytes;

    @Option(names = "--documents", defaultValue = "0", paramLabel = "N", description = "Training documents to take; 0: all.")
    private long limit;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public void run() {
        DocumentSource source = documents.source();
        if (source instanceof BuiltInDocuments && limit == 0) {
            throw new BadInputException("The built-in corpus has no end: say with --documents how much of it to take");
        }
        ShardWriter.Result result = new ShardWriter(output, shardMegabytes * 1_000_000).write(source, limit == 0 ? Long.MAX_VALUE : limit);
        documents.report(source);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(result));
        } else {
            out.printf(Locale.ROOT, "%d documents, %.1f MB of text, in %d shards in %s%n", result.documents(), result.textBytes() / 1e6,
                    result.shards(), output);
        }
    }
}
