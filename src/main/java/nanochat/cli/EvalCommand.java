package nanochat.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.checkpoint.TrainedModel;
import nanochat.conversation.Rendering;
import nanochat.data.BatchLayout;
import nanochat.data.Batches;
import nanochat.data.Packing;
import nanochat.data.Share;
import nanochat.data.ValidationBatches;
import nanochat.data.corpus.Split;
import nanochat.engine.Sampling;
import nanochat.engine.WeightFormat;
import nanochat.eval.ChatEvaluation;
import nanochat.eval.ChatSample;
import nanochat.eval.ChatScores;
import nanochat.eval.CoreBundle;
import nanochat.eval.CoreEvaluation;
import nanochat.eval.CoreScores;
import nanochat.eval.EvaluationFile;
import nanochat.eval.FormatCost;
import nanochat.eval.HeldOut;
import nanochat.eval.ModelEvaluation;
import nanochat.eval.SamplePrompt;
import nanochat.eval.sandbox.Limits;
import nanochat.eval.sandbox.PythonSandbox;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.task.ConversationBatches;
import nanochat.task.DatasetTasks;
import nanochat.task.EvaluationTasks;
import nanochat.task.GradedTask;
import nanochat.task.TrainingTasks;
import nanochat.tensor.Backend;
import nanochat.train.TerminalReporter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat eval`.
@Command(name = "eval", description = "Measure a trained model: bits per byte, samples, CORE, and how many questions of each task it answers.")
public final class EvalCommand implements Runnable {
    /// Values of `--eval`.
    enum Evaluation {
        BPB, SAMPLE, CORE
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--source", defaultValue = "base", paramLabel = "STAGE", description = "Stage of the model: ${COMPLETION-CANDIDATES}.")
    private ModelStage source = ModelStage.BASE;

    @Option(names = "--eval", split = ",", paramLabel = "WHAT", description = "What to measure, separated by commas: ${COMPLETION-CANDIDATES}. By default bpb and sample of a base model, tasks of a chat model.")
    private Set<Evaluation> evaluations = Set.of();

    @Option(names = "--tasks", paramLabel = "NAME", description = "Tasks whose questions a chat model is asked, separated by commas: built-in ones (facts, spelling_bee, five_turns, ...), downloaded ones (arc_easy, arc_challenge, mmlu, gsm8k, humaneval), all for every task that is present, or .jsonl files of conversations.")
    private List<String> tasks = List.of();

    @Option(names = "--split", defaultValue = "test", paramLabel = "WHICH", description = "Which questions the built-in tasks ask: ${COMPLETION-CANDIDATES}.")
    private Split split = Split.TEST;

    @Option(names = "--max-problems", defaultValue = "500", paramLabel = "N", description = "At most N questions of each task.")
    private int maxProblems;

    @Option(names = "--temperature", defaultValue = "0", paramLabel = "X", description = "Temperature at which replies are drawn; 0: always the likeliest token.")
    private double temperature;

    @Option(names = "--samples", defaultValue = "1", paramLabel = "N", description = "Replies to every question, to estimate how often one of k is right (pass@k); more than one needs a temperature above 0.")
    private int samples;

    @Mixin
    private CoreBundleOption core = new CoreBundleOption();

    @Option(names = "--max-per-task", defaultValue = "-1", paramLabel = "N", description = "At most N examples of each CORE task; -1: all.")
    private int maxPerTask;

    @Option(names = "--weights", split = ",", paramLabel = "FORMAT", description = "Formats of the engine's weights to compare by bits per byte, separated by commas: ${COMPLETION-CANDIDATES}.")
    private List<WeightFormat> weights = List.of();

    @Mixin
    private ModelOptions chosen = new ModelOptions();

    @Mixin
    private AdapterOption adapter = new AdapterOption();

    @Mixin
    private DataOptions documents = new DataOptions();

    @Option(names = "--packing", paramLabel = "HOW", description = "How documents become rows: ${COMPLETION-CANDIDATES}; by default bestfit, of a model of --recurrence continued.")
    private Optional<Packing> packing = Optional.empty();

    @Option(names = "--device-batch-size", defaultValue = "8", paramLabel = "B", description = "Rows of a micro-batch; lower it where memory is short.")
    private int rows;

    @Option(names = "--eval-tokens", defaultValue = "262144", paramLabel = "N", description = "Tokens of documents to measure bits per byte on.")
    private long tokens;

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Decides what is drawn at temperatures above 0.")
    private long seed;

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    /// What was measured. The last line of `--json`.
    ///
    /// @param bitsPerByteWithoutMemory of a model that was trained with one, where it sees every row alone
    /// @param heldOut where bits per byte are not exact: a bound, or the loss of hidden tokens
    private record Result(ModelStage source, String modelTag, int step, Optional<Double> bitsPerByte,
            Optional<Double> bitsPerByteWithoutMemory, Optional<HeldOut> heldOut,
            Optional<List<SamplePrompt.Completion>> completions, Optional<List<ChatSample>> replies, Optional<ChatScores> tasks,
            Optional<Double> chatCore, Optional<CoreScores> core, Optional<List<FormatCost>> weights) {
        private List<String> lines() {
            List<String> lines = new ArrayList<>();
            bitsPerByte.ifPresent(bits -> lines.add(String.format(Locale.ROOT, "Validation bits per byte: %.4f", bits)));
            bitsPerByteWithoutMemory.ifPresent(bits -> lines.add(String.format(Locale.ROOT, "    without memory, each row alone: %.4f",
                    bits)));
            heldOut.ifPresent(measured -> lines.add("Validation " + measured.inWords()));
            completions.ifPresent(all -> all.forEach(completion -> lines.add(TerminalReporter.onOneLine(completion))));
            replies.ifPresent(all -> all.forEach(sample -> lines.add(sample.toString())));
            tasks.ifPresent(scores -> lines.addAll(scores.lines()));
            core.ifPresent(scores -> lines.addAll(scores.lines()));
            weights.ifPresent(costs -> costs.forEach(cost -> lines.add(cost.toString())));
            return lines;
        }
    }

    @Override
    public void run() {
        ModelChoice choice = adapter.or(chosen, asked(), () -> chosen.of(source));
        source = choice.stage();
        chooseDefaults();
        ChatEvaluation.Settings settings = new ChatEvaluation.Settings(Sampling.atTemperature(temperature), seed, maxProblems, samples);
        List<GradedTask> graded = gradedTasks();
        Optional<CoreBundle> bundle = when(evaluations.contains(Evaluation.CORE), core::bundle);
        PrintWriter out = spec.commandLine().getOut();
        out.println("Model " + choice);
        out.flush();
        String measured = choice.checkpoints().identity(choice.step());
        try (Backend backend = compute.backend()) {
            TrainedModel model = TrainedModel.load(choice.checkpoints(), choice.step(), backend, compute.compute());
            try (ModelEvaluation evaluation = new ModelEvaluation(model, compute.compute(), compute.threads())) {
                boolean sampled = evaluations.contains(Evaluation.SAMPLE);
                Optional<ChatScores> scores = when(!graded.isEmpty(), () -> evaluation.chat(settings).measure(graded));
                Optional<HeldOut> heldOut = when(evaluations.contains(Evaluation.BPB), () -> evaluation.heldOut(batches(model), rows,
                        tokens));
                Optional<Double> alone = evaluations.contains(Evaluation.BPB)
                        ? evaluation.withoutMemory(batches(model), rows, tokens)
                        : Optional.empty();
                Result result = new Result(source, choice.checkpoints().tag(), choice.step(),
                        heldOut.flatMap(HeldOut::bitsPerByte), alone, heldOut.filter(found -> found.bitsPerByte().isEmpty()),
                        when(sampled && source == ModelStage.BASE, () -> evaluation.completions(SamplePrompt.of(documents.language()))),
                        when(sampled && source != ModelStage.BASE, () -> ChatSample.askAll(evaluation.chat(settings))),
                        scores, scores.flatMap(ChatScores::chatCore),
                        bundle.map(tasksOfCore -> evaluation.core(tasksOfCore, maxPerTask < 0 ? CoreEvaluation.ALL : maxPerTask)),
                        when(!weights.isEmpty(), () -> evaluation.formats(weights, batches(model), tokens)));
                result.lines().forEach(out::println);
                if (json) {
                    out.println(Json.line(result));
                }
                out.flush();
                // last, for it may fail: the folder cannot be written, or another run has put its own checkpoint there
                new EvaluationFile(choice.checkpoints().folder(), choice.step()).add(result, () -> choice.checkpoints().checkIdentity(choice
                        .step(), measured, "what was measured is not kept"));
            }
        }
    }

    /// The stage that was asked for; empty where it is the default.
    private Optional<ModelStage> asked() {
        return spec.commandLine().getParseResult().hasMatchedOption("--source") ? Optional.of(source) : Optional.empty();
    }

    private static <T> Optional<T> when(boolean wanted, Supplier<T> measurement) {
        return wanted ? Optional.of(measurement.get()) : Optional.empty();
    }

    /// What is measured where nothing was asked for.
    private void chooseDefaults() {
        tasks = tasks.stream().flatMap(given -> ConversationDataOption.sources(given).stream()).toList();
        if (evaluations.isEmpty() && tasks.isEmpty() && weights.isEmpty()) {
            if (source == ModelStage.BASE) {
                evaluations = Set.of(Evaluation.BPB, Evaluation.SAMPLE);
            } else {
                tasks = List.of(EvaluationTasks.ALL);
            }
        }
    }

    private List<GradedTask> gradedTasks() {
        DatasetTasks datasets = new DatasetTasks(BaseDirectory.fromEnvironment(), this::python);
        if (tasks.contains(EvaluationTasks.ALL) && !datasets.missing().isEmpty()) {
            spec.commandLine().getErr().println("Left out, because not downloaded: " + String.join(", ", datasets.missing())
                    + " (nanochat data download --dataset tasks)");
        }
        return EvaluationTasks.of(tasks, split, documents.language(), datasets);
    }

    private PythonSandbox python() {
        PythonSandbox python = PythonSandbox.open(Limits.DEFAULT);
        spec.commandLine().getErr().println("HumanEval runs the programs that the model writes, with " + python.isolation());
        return python;
    }

    /// For a base model documents, for a chat model conversations, in which only what the assistant says counts.
    private Batches batches(TrainedModel model) {
        int length = model.gpt().config().sequenceLength();
        return source == ModelStage.BASE
                ? new ValidationBatches(documents.source(), model.tokenizer(), new BatchLayout(packing(model), rows, length), Share.WHOLE,
                        tokens)
                : new ConversationBatches(TrainingTasks.of(documents.names(), BaseDirectory.fromEnvironment(), seed).validation(),
                        new Rendering(model.tokenizer()), rows,
                        length, tokens);
    }

    private Packing packing(TrainedModel model) {
        Packing chosenPacking = packing.orElse(model.objective().usualPacking());
        model.objective().checkPacking(chosenPacking);
        return chosenPacking;
    }
}
