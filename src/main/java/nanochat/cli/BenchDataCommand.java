package nanochat.cli;

import java.util.Locale;
import nanochat.bench.DataBenchmark;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat bench data`.
@Command(name = "data", description = "How fast documents are read on one thread.")
public final class BenchDataCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private DataOptions documents = new DataOptions();

    @Option(names = "--seconds", defaultValue = "10", paramLabel = "S", description = "Stop after S seconds, or at the end of the data.")
    private double seconds;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public void run() {
        if (seconds <= 0) {
            throw new BadInputException("--seconds must be above 0, is " + seconds);
        }
        DataBenchmark result = DataBenchmark.run(documents.source(), seconds);
        spec.commandLine().getOut().println(json
                ? Json.line(result)
                : String.format(Locale.ROOT, "%d documents, %.1f MB of text, %.0f MB/s", result.documents(), result.textMb(),
                        result.readMbPerSecond()));
    }
}
