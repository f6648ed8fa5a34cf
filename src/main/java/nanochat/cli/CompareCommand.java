package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.compare.Comparison;
import nanochat.compare.ComparisonPage;
import nanochat.compare.Conditions;
import nanochat.data.DocumentSource;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.io.Terminal;
import nanochat.objective.ObjectiveChoice;
import nanochat.page.TerminalPage;
import nanochat.train.PretrainingOptions;
import nanochat.train.SaveOnInterrupt;
import nanochat.train.Speedrun;
import nanochat.train.StopSignal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat compare`.
@Command(name = "compare", description = "Train a model by every objective at the same cost on the same text, and measure which does what better. Ctrl-C saves; the same command goes on.")
public final class CompareCommand implements Runnable {
    private static final String ALL = "all";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--objectives", split = ",", defaultValue = ALL, paramLabel = "NAME", description = "Which of those of 'pretrain --objective', separated by commas, or all.")
    private List<String> objectives = List.of();

    @Option(names = "--target-flops", defaultValue = "6e13", paramLabel = "X", description = "Floating-point operations of each run, everything counted.")
    private double targetFlops;

    @Option(names = "--seeds", defaultValue = "2", paramLabel = "N", description = "Runs of each objective, from different beginnings.")
    private int seeds;

    @Option(names = "--depth", defaultValue = "4", paramLabel = "N", description = "Layers of the models.")
    private int depth;

    @Option(names = "--max-seq-len", defaultValue = "256", paramLabel = "T", description = "Tokens of context.")
    private int sequenceLength;

    @Option(names = "--device-batch-size", defaultValue = "16", paramLabel = "B", description = "Rows of a step.")
    private int rows;

    @Option(names = "--vocab-size", defaultValue = ""
            + Speedrun.VOCABULARY, paramLabel = "N", description = "Tokens of the vocabulary, which is learned from the text.")
    private int vocabulary;

    @Option(names = "--learning-rates", split = ",", defaultValue = "0.5,1,2", paramLabel = "X", description = "Multiples of the usual learning rates that are tried for each objective; further ones where the best is at an end.")
    private List<Double> rates = List.of();

    @Option(names = "--sweep-share", defaultValue = "0.1", paramLabel = "X", description = "What trying one costs, as a share of a run.")
    private double sweepShare;

    @Option(names = "--continue-share", defaultValue = "1", paramLabel = "X", description = "How long each model goes on with the next token afterwards, as a share of a run; 0: not at all.")
    private double continueShare;

    @Option(names = "--judge", paramLabel = "NAME", description = "A base model of the next token, larger than those compared, that says how likely it finds what they write; without one that is not measured.")
    private Optional<String> judge = Optional.empty();

    @Mixin
    private DataOptions documents = new DataOptions();

    @Option(names = "--name", defaultValue = "objectives", paramLabel = "NAME", description = "The comparison's folder among the comparisons in the base directory. What it holds is gone on with.")
    private String name = "";

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    @Override
    public void run() {
        List<ObjectiveChoice> choices = choices();
        if (seeds < 1) {
            throw new BadInputException("--seeds must be at least 1, is " + seeds);
        }
        DocumentSource source = documents.source();
        Path folder = CheckpointDirectory.of(BaseDirectory.fromEnvironment().comparisons(), name).folder();
        Optional<CheckpointDirectory> asked = judge.map(tag -> CheckpointDirectory.find(BaseDirectory.fromEnvironment().baseCheckpoints(),
                tag));
        Conditions conditions = new Conditions(targetFlops, new PretrainingOptions.ModelDials(depth, 64, 128, sequenceLength, "SSSL"), rows,
                vocabulary, rates, sweepShare, continueShare, compute.compute(), source.fingerprint(), asked.map(model -> model.tag()
                        + ", step " + model.lastStep()).orElse(Conditions.NO_JUDGE));
        StopSignal stop = new StopSignal();
        try (SaveOnInterrupt _ = new SaveOnInterrupt(stop)) {
            Comparison comparison = new Comparison(new Comparison.Setup(folder, source, conditions, choices, seeds, asked, compute
                    .threads()),
                    stop);
            boolean finished = comparison.run();
            documents.report(source);
            report(comparison, folder, finished);
        }
    }

    private void report(Comparison comparison, Path folder, boolean finished) {
        PrintWriter out = spec.commandLine().getOut();
        ComparisonPage.Files files = ComparisonPage.write(folder, comparison.findings());
        out.print(new TerminalPage(Terminal.hasColours()).of(ComparisonPage.of(comparison.findings())));
        out.println("Page: " + files.html() + " and " + files.markdown());
        if (!finished) {
            out.println("Stopped before the end; the same command goes on.");
        }
        if (json) {
            out.println(Json.line(comparison.summary(finished)));
        }
        out.flush();
    }

    private List<ObjectiveChoice> choices() {
        if (objectives.equals(List.of(ALL))) {
            return Arrays.stream(ObjectiveOptions.Name.values()).map(ObjectiveOptions::usual).toList();
        }
        return objectives.stream().map(CompareCommand::named).distinct().toList();
    }

    private static ObjectiveChoice named(String name) {
        return Arrays.stream(ObjectiveOptions.Name.values()).filter(each -> each.toString().equals(name)).findFirst().map(
                ObjectiveOptions::usual).orElseThrow(() -> new BadInputException("There is no objective '" + name + "'. There are: "
                        + Stream
                                .concat(Stream.of(ALL), Arrays.stream(ObjectiveOptions.Name.values()).map(Object::toString)).collect(
                                        Collectors
                                                .joining(", "))));
    }
}
