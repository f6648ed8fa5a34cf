package nanochat.cli;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import nanochat.bench.TrainBenchmark;
import nanochat.io.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat bench train`.
@Command(name = "train", description = "How fast this machine trains a model, and where the time goes.")
public final class BenchTrainCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--depth", defaultValue = "6", paramLabel = "L", description = "Layers of the model; its width is 64 times that.")
    private int depth;

    @Option(names = "--max-seq-len", defaultValue = "512", paramLabel = "T", description = "Tokens of a row.")
    private int length;

    @Option(names = "--device-batch-size", defaultValue = "8", paramLabel = "B", description = "Rows of a micro-batch.")
    private int rows;

    @Option(names = "--vocab-size", defaultValue = "32768", paramLabel = "V", description = "Entries of the vocabulary.")
    private int vocabularySize;

    @Option(names = "--window-pattern", defaultValue = "L", paramLabel = "SL..", description = "Attention windows, tiled over the layers: L whole, S a quarter.")
    private String windowPattern = "L";

    @Mixin
    private RecomputeOption recompute = new RecomputeOption();

    @Mixin
    private ObjectiveOptions objective = new ObjectiveOptions();

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public void run() {
        TrainBenchmark result = TrainBenchmark.run(new TrainBenchmark.Setting(depth, length, rows, vocabularySize, windowPattern,
                compute.compute(), compute.threads(), recompute.asked(), objective.choice()));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(result));
        } else {
            print(result, out);
        }
    }

    private void print(TrainBenchmark result, PrintWriter out) {
        String recomputed = recompute.asked() ? ", blocks computed again" : "";
        out.printf(Locale.ROOT, "depth %d, %d rows of %d tokens, vocabulary %d, %s, %d threads%s%n%n", depth, rows, length, vocabularySize,
                result.dtype(), result.threads(), recomputed);
        out.printf(Locale.ROOT, "%-28s %6s %10s %10s %6s%n", "operation", "calls", "ms", "floor ms", "ratio");
        result.operations().stream().sorted(Comparator.comparingDouble(TrainBenchmark.Row::milliseconds).reversed())
                .forEach(row -> out.printf(Locale.ROOT, "%-28s %6d %10.2f %10.2f %6.2f%n", row.operation(), row.calls(), row.milliseconds(),
                        row.floorMs(), row.ratio()));
        out.printf(Locale.ROOT, "%nforward %.0f ms, backward %.0f ms a micro-batch; optimizer step %.0f ms; waiting for data %.2f ms%n",
                result.forwardMs(), result.backwardMs(), result.optimizerMs(), result.dataMs());
        out.printf(Locale.ROOT, "model %.1f of %.1f GFLOP/s that matrix products reach here: ratio %.3f, with the optimizer %.3f%n",
                result.modelGflops(), result.matmulGflops(), result.ratioForwardBackward(), result.ratioStep());
        out.printf(Locale.ROOT, "%.0f tokens/s; %.2f GB of tensors, %.2f GB in all%n", result.tokensPerSecond(),
                result.tensorBytes() * 1e-9, result.peakBytes() * 1e-9);
    }
}
