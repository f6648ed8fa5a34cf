package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.eval.SamplePrompt;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.tensor.Backend;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.PretrainingMeta;
import nanochat.train.SaveOnInterrupt;
import nanochat.train.Speedrun;
import nanochat.train.StopSignal;
import nanochat.train.TerminalReporter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat speedrun`.
@Command(name = "speedrun", description = "Train a tokenizer and a small model on the built-in corpus, in a few minutes.")
public final class SpeedrunCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--depth", defaultValue = "4", paramLabel = "N", description = "Layers of the model.")
    private int depth;

    @Option(names = "--num-iterations", defaultValue = "500", paramLabel = "N", description = "Steps to train.")
    private int iterations;

    @Option(names = "--model-tag", defaultValue = "speedrun", paramLabel = "NAME", description = "The model's folder among the checkpoints. An earlier run there is kept as NAME.previous.")
    private String modelTag = "";

    @Option(names = "--resume", description = "Go on where an interrupted speedrun stopped.")
    private boolean resume;

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    /// The last line of `--json`.
    private record Result(int step, boolean finished, Optional<Double> valBpb, List<Double> valBpbHistory, long right,
            List<SamplePrompt.Completion> completions, String checkpoint) {}

    @Override
    public void run() {
        BaseDirectory base = BaseDirectory.fromEnvironment();
        CheckpointDirectory checkpoints = resume
                ? CheckpointDirectory.find(base.baseCheckpoints(), modelTag)
                : CheckpointDirectory.of(base.baseCheckpoints(), modelTag);
        Optional<Integer> resumeFrom = resume ? Optional.of(checkpoints.lastStep()) : Optional.empty();
        resumeFrom.ifPresent(step -> SavedOptions.restore(spec, checkpoints.readMeta(step, PretrainingMeta.class).userConfig()));
        Speedrun speedrun = new Speedrun(checkpoints, depth, iterations, compute.compute(), SavedOptions.of(spec));
        PrintWriter out = spec.commandLine().getOut();

        Tokenizer tokenizer = resume ? speedrun.earlierTokenizer() : trainTokenizer(base, out);
        out.println("Pretraining a model on the built-in corpus; Ctrl-C saves it.");
        if (!resume && !checkpoints.steps().isEmpty()) {
            out.println("The earlier run is kept as " + checkpoints.tag() + ".previous");
        }
        speedrun.plan(tokenizer).describe().forEach(out::println);
        out.flush();
        StopSignal stop = new StopSignal();
        try (SaveOnInterrupt _ = new SaveOnInterrupt(stop)) {
            report(out, train(speedrun, tokenizer, resumeFrom, stop), checkpoints);
        }
    }

    private Speedrun.Outcome train(Speedrun speedrun, Tokenizer tokenizer, Optional<Integer> resumeFrom, StopSignal stop) {
        try (Backend backend = compute.backend();
                TerminalReporter reporter = new TerminalReporter("Pretraining", iterations, resumeFrom.orElse(0))) {
            return speedrun.pretrain(tokenizer, resumeFrom, backend, reporter, stop);
        }
    }

    private static Tokenizer trainTokenizer(BaseDirectory base, PrintWriter out) {
        out.println("Training a tokenizer of " + Speedrun.VOCABULARY + " tokens on " + Speedrun.TOKENIZER_DOCUMENTS
                + " documents of the built-in corpus");
        out.flush();
        Tokenizer tokenizer = Speedrun.trainTokenizer();
        var shared = base.tokenizer().resolve(Tokenizer.FILE_NAME);
        if (!Files.exists(shared)) {
            tokenizer.save(shared);
            out.println("Saved as " + shared);
        }
        return tokenizer;
    }

    private void report(PrintWriter out, Speedrun.Outcome outcome, CheckpointDirectory checkpoints) {
        out.println();
        out.println("Validation bits per byte: " + outcome.bitsPerByte().stream().map(bits -> String.format(Locale.ROOT, "%.3f", bits))
                .collect(Collectors.joining(" -> ")));
        for (SamplePrompt.Completion completion : outcome.completions()) {
            out.println((completion.right() ? "  + " : "  - ") + TerminalReporter.onOneLine(completion));
        }
        out.println(outcome.right() + " of " + outcome.completions().size() + " right");
        out.println("Checkpoint of step " + outcome.state().step() + " in " + checkpoints.folder());
        out.println(outcome.finished()
                ? "Measure it:  nanochat eval --source base --model-tag " + checkpoints.tag()
                : "Go on:  nanochat speedrun --resume --model-tag " + checkpoints.tag());
        if (json) {
            out.println(Json.line(new Result(outcome.state().step(), outcome.finished(), outcome.state().bitsPerByte(),
                    outcome.bitsPerByte(), outcome.right(), outcome.completions(), checkpoints.folder().toString())));
        }
        out.flush();
    }
}
