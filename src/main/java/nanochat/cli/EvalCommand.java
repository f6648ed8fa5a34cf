package nanochat.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TrainedModel;
import nanochat.data.BatchLayout;
import nanochat.data.Packing;
import nanochat.data.Share;
import nanochat.data.ValidationBatches;
import nanochat.eval.BitsPerByte;
import nanochat.eval.EngineCompleter;
import nanochat.eval.SamplePrompt;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.io.Progress;
import nanochat.objective.NextToken;
import nanochat.tensor.Backend;
import nanochat.tensor.Tape;
import nanochat.train.TerminalReporter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat eval`.
@Command(name = "eval", description = "Measure a trained model: bits per byte, completions of seven prompts.")
public final class EvalCommand implements Runnable {
    /// Values of `--source`: which stage of training the model comes from.
    enum Source {
        BASE
    }

    /// Values of `--eval`.
    enum Evaluation {
        BPB, SAMPLE
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--source", defaultValue = "base", paramLabel = "STAGE", description = "Which models: ${COMPLETION-CANDIDATES}.")
    private Source source = Source.BASE;

    @Option(names = "--eval", split = ",", defaultValue = "bpb,sample", paramLabel = "WHAT", description = "What to measure, separated by commas: ${COMPLETION-CANDIDATES}.")
    private Set<Evaluation> evaluations = Set.of();

    @Option(names = "--model-tag", paramLabel = "NAME", description = "The model's folder; by default the largest model.")
    private Optional<String> modelTag = Optional.empty();

    @Option(names = "--step", paramLabel = "N", description = "The step of its checkpoint; by default the last one.")
    private Optional<Integer> step = Optional.empty();

    @Mixin
    private DataOptions documents = new DataOptions();

    @Option(names = "--packing", defaultValue = "bestfit", paramLabel = "HOW", description = "How documents become rows: ${COMPLETION-CANDIDATES}.")
    private Packing packing = Packing.BESTFIT;

    @Option(names = "--device-batch-size", defaultValue = "8", paramLabel = "B", description = "Rows of a micro-batch; lower it where memory is short.")
    private int rows;

    @Option(names = "--eval-tokens", defaultValue = "262144", paramLabel = "N", description = "Tokens to measure bits per byte on.")
    private long tokens;

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    /// The last line of `--json`.
    private record Result(String modelTag, int step, Optional<Double> bitsPerByte, Optional<List<SamplePrompt.Completion>> completions) {}

    @Override
    public void run() {
        CheckpointDirectory checkpoints = checkpoints();
        int chosenStep = step.orElseGet(checkpoints::lastStep);
        PrintWriter out = spec.commandLine().getOut();
        out.println("Model " + checkpoints.tag() + ", step " + chosenStep);
        try (Backend backend = compute.backend()) {
            TrainedModel model = TrainedModel.load(checkpoints, chosenStep, backend, compute.compute());
            Optional<Double> bitsPerByte = evaluations.contains(Evaluation.BPB)
                    ? Optional.of(bitsPerByte(model, new Tape(backend, compute.compute())))
                    : Optional.empty();
            bitsPerByte.ifPresent(bits -> out.printf(Locale.ROOT, "Validation bits per byte: %.4f%n", bits));
            Optional<List<SamplePrompt.Completion>> completions = evaluations.contains(Evaluation.SAMPLE)
                    ? Optional.of(completions(model))
                    : Optional.empty();
            completions.ifPresent(all -> all.forEach(completion -> out.println(TerminalReporter.onOneLine(completion))));
            if (json) {
                out.println(Json.line(new Result(checkpoints.tag(), chosenStep, bitsPerByte, completions)));
            }
            out.flush();
        }
    }

    private CheckpointDirectory checkpoints() {
        BaseDirectory base = BaseDirectory.fromEnvironment();
        var models = switch (source) {
            case BASE -> base.baseCheckpoints();
        };
        return modelTag.map(tag -> CheckpointDirectory.find(models, tag)).orElseGet(() -> CheckpointDirectory.findLargest(models));
    }

    private List<SamplePrompt.Completion> completions(TrainedModel model) {
        try (EngineCompleter completer = new EngineCompleter(model.gpt().parameters(), compute.weightFormat(), compute.threads())) {
            return SamplePrompt.completeAll(completer, model.tokenizer());
        }
    }

    private double bitsPerByte(TrainedModel model, Tape tape) {
        BatchLayout layout = new BatchLayout(packing, rows, model.gpt().config().sequenceLength());
        ValidationBatches batches = new ValidationBatches(documents.source(), model.tokenizer(), layout, Share.WHOLE, tokens);
        NextToken objective = new NextToken(model.gpt(), tape, layout.rows(), layout.length());
        try (Progress progress = Progress.of("Measuring", tokens, "tokens")) {
            return BitsPerByte.measure(objective, batches, model.tokenizer().tokenBytes(),
                    () -> progress.advance((long) layout.rows() * layout.length())).value();
        }
    }
}
