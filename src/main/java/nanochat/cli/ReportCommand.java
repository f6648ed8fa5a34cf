package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.report.ReportCard;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat report`.
@Command(name = "report", description = "Write the report card of a model, as HTML and Markdown; also while it trains.")
public final class ReportCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--model-tag", paramLabel = "NAME", description = "The model's folder; by default the largest model.")
    private Optional<String> modelTag = Optional.empty();

    @Option(names = "--output", paramLabel = "DIR", description = "Where report.html and report.md go; by default the folder report in the base directory.")
    private Optional<Path> output = Optional.empty();

    @Option(names = "--dollars-per-hour", paramLabel = "X", description = "What the machine costs an hour; the report then estimates the cost of each stage.")
    private Optional<Double> dollarsPerHour = Optional.empty();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    /// The last line of `--json`.
    private record Result(String modelTag, String html, String markdown) {}

    @Override
    public void run() {
        BaseDirectory base = BaseDirectory.fromEnvironment();
        ReportCard report = ReportCard.of(base, modelTag, dollarsPerHour, Instant.now());
        ReportCard.Files files = report.write(output.orElseGet(base::report), OptionNames::of);
        PrintWriter out = spec.commandLine().getOut();
        out.println("Report card of model " + report.modelTag() + ":");
        out.println("  " + files.html());
        out.println("  " + files.markdown());
        if (json) {
            out.println(Json.line(new Result(report.modelTag(), files.html().toString(), files.markdown().toString())));
        }
        out.flush();
    }
}
