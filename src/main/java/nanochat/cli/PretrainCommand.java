package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.data.LoaderState;
import nanochat.data.Packing;
import nanochat.eval.CoreEvaluation;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.Backend;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.CoreCadence;
import nanochat.train.Pretraining;
import nanochat.train.PretrainingOptions;
import nanochat.train.PretrainingPlan;
import nanochat.train.PretrainingRecipe;
import nanochat.train.RunState;
import nanochat.train.SaveOnInterrupt;
import nanochat.train.StopSignal;
import nanochat.train.TerminalReporter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat pretrain`.
@Command(name = "pretrain", description = "Train a base model on text.")
public final class PretrainCommand implements Runnable {
    private static final String UNSET = "-1";
    private static final String RECIPE = "recipe";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    // ---- model ----

    @Option(names = "--depth", defaultValue = "4", paramLabel = "N", description = "Layers of the model; the one dial that sets its size.")
    private int depth;

    @Option(names = "--aspect-ratio", defaultValue = "64", paramLabel = "N", description = "Width per layer.")
    private int aspectRatio;

    @Option(names = "--head-dim", defaultValue = "128", paramLabel = "N", description = "Size of an attention head; the width is rounded up to a multiple of it.")
    private int headSize;

    @Option(names = "--max-seq-len", defaultValue = "512", paramLabel = "T", description = "Tokens of context.")
    private int sequenceLength;

    @Option(names = "--window-pattern", defaultValue = "SSSL", paramLabel = "LETTERS", description = "Attention of the layers in turn: L sees the whole context, S a quarter. The last layer is always L.")
    private String windowPattern = "";

    // ---- what it learns ----

    @Mixin
    private ObjectiveOptions objective = new ObjectiveOptions();

    // ---- horizon ----

    @Option(names = "--num-iterations", defaultValue = UNSET, paramLabel = "N", description = "Steps to train; -1: as many as --target-flops or --target-param-data-ratio come to.")
    private int iterations;

    @Option(names = "--target-flops", defaultValue = UNSET, paramLabel = "X", description = "Floating-point operations to spend; -1: not limited.")
    private double targetFlops;

    @Option(names = "--target-param-data-ratio", defaultValue = "12", paramLabel = "X", description = "Tokens to train on for each scaling parameter; -1: unused.")
    private double tokensPerParameter;

    // ---- optimization ----

    @Option(names = "--recipe", defaultValue = "auto", paramLabel = "NAME", description = "Batch, learning rates and warm-up that go together: ${COMPLETION-CANDIDATES} (auto: small where fewer than 1e15 floating-point operations are asked for, else the original's). What is given beside it holds.")
    private RecipeChoice recipe = RecipeChoice.AUTO;

    @Option(names = "--device-batch-size", defaultValue = "8", paramLabel = "B", description = "Rows of a micro-batch; lower it where memory is short.")
    private int rows;

    @Option(names = "--total-batch-size", defaultValue = UNSET, paramLabel = "N", description = "Tokens of a step; -1: what the recipe says.")
    private int totalBatch;

    @Option(names = "--embedding-lr", paramLabel = "X", description = "Learning rate of the embeddings (AdamW); by default what the recipe says.")
    private Optional<Double> embeddingLr = Optional.empty();

    @Option(names = "--unembedding-lr", paramLabel = "X", description = "Learning rate of the unembedding (AdamW); by default what the recipe says.")
    private Optional<Double> unembeddingLr = Optional.empty();

    @Option(names = "--matrix-lr", paramLabel = "X", description = "Learning rate of the matrices (Muon); by default what the recipe says.")
    private Optional<Double> matrixLr = Optional.empty();

    @Option(names = "--scalar-lr", paramLabel = "X", description = "Learning rate of the residual lambdas (AdamW); by default what the recipe says.")
    private Optional<Double> scalarLr = Optional.empty();

    @Option(names = "--weight-decay", defaultValue = "0.28", paramLabel = "X", description = "Cautious weight decay of the matrices.")
    private double weightDecay;

    @Option(names = "--warmup-steps", paramLabel = "N", description = "Steps over which the learning rate rises; by default what the recipe says.")
    private Optional<Integer> warmupSteps = Optional.empty();

    @Option(names = "--warmdown-ratio", defaultValue = "0.65", paramLabel = "X", description = "Share of the run, at its end, over which the learning rate falls.")
    private double warmdownRatio;

    @Option(names = "--final-lr-frac", defaultValue = "0.05", paramLabel = "X", description = "What the learning rate falls to, as a share of the full rate.")
    private double finalLearningRateFraction;

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Decides the initial weights, and what an objective hides.")
    private long seed;

    // ---- data ----

    @Mixin
    private DataOptions documents = new DataOptions();

    @Option(names = "--packing", paramLabel = "HOW", description = "How documents become rows: ${COMPLETION-CANDIDATES}; by default bestfit, with --recurrence continued.")
    private Optional<Packing> packing = Optional.empty();

    // ---- what else happens, and when ----

    @Option(names = "--eval-every", defaultValue = "250", paramLabel = "N", description = "Measure validation bits per byte every N steps; -1: never.")
    private int evaluateEvery;

    @Option(names = "--eval-tokens", defaultValue = UNSET, paramLabel = "N", description = "Tokens to validate on; -1: as many as "
            + PretrainingPlan.EVALUATED_BATCHES + " steps train on.")
    private long evaluationTokens;

    @Option(names = "--sample-every", defaultValue = "2000", paramLabel = "N", description = "Complete seven prompts every N steps; -1: never.")
    private int sampleEvery;

    @Mixin
    private CoreBundleOption core = new CoreBundleOption();

    @Option(names = "--core-metric-every", defaultValue = "2000", paramLabel = "N", description = "Measure CORE every N steps and at the end, if its tasks are present; -1: never.")
    private int coreEvery;

    @Option(names = "--core-metric-max-per-task", defaultValue = "500", paramLabel = "N", description = "At most N examples of each CORE task; -1: all.")
    private int coreMostPerTask;

    @Option(names = "--save-every", defaultValue = UNSET, paramLabel = "N", description = "Save a checkpoint every N steps; -1: only at the end and when interrupted.")
    private int saveEvery;

    @Option(names = "--resume-from-step", defaultValue = UNSET, paramLabel = "N", description = "Resume from the checkpoint of this step, with its options unless others are given; -1: start a new run.")
    private int resumeFromStep;

    @Option(names = "--model-tag", paramLabel = "NAME", description = "The run's folder among the checkpoints; by default d and the depth, such as d4.")
    private Optional<String> modelTag = Optional.empty();

    @Mixin
    private RecomputeOption recompute = new RecomputeOption();

    @Mixin
    private TensorBoardOption tensorBoard = new TensorBoardOption();

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    private enum RecipeChoice {
        AUTO, ORIGINAL, SMALL
    }

    @Override
    public void run() {
        long began = System.nanoTime();
        CheckpointDirectory checkpoints = CheckpointDirectory.of(BaseDirectory.fromEnvironment().baseCheckpoints(),
                modelTag.orElse("d" + depth));
        boolean resuming = resumeFromStep >= 0;
        if (resuming) {
            Map<String, String> before = Pretraining.readMeta(checkpoints, resumeFromStep).userConfig();
            SavedOptions.restore(spec, before);
            if (!before.containsKey(RECIPE)) { // as it was before there were others
                recipe = RecipeChoice.ORIGINAL;
            }
        }
        Tokenizer tokenizer = resuming ? TokenizerCopy.load(checkpoints.folder()).tokenizer() : trainedTokenizer();
        PretrainingPlan plan = PretrainingPlan.of(options(tokenizer.vocabularySize()), tokenizer.vocabularySize()).withRecompute(recompute
                .asked());
        Optional<CoreCadence> measuring = coreCadence();
        Pretraining.Setup setup = new Pretraining.Setup(plan, documents.source(), tokenizer, checkpoints, SavedOptions.of(spec), measuring);
        PrintWriter out = spec.commandLine().getOut();
        plan.describe().forEach(out::println);
        if (coreEvery > 0 && !plan.objective().writesOn()) {
            out.println("CORE is not measured: it asks for text from left to right");
        } else if (coreEvery > 0 && measuring.isEmpty()) {
            out.println("CORE is not measured: its tasks are not in " + core.folder() + " ('nanochat data download --dataset core')");
        }
        out.flush();

        StopSignal stop = new StopSignal();
        try (SaveOnInterrupt _ = new SaveOnInterrupt(stop)) {
            RunState<LoaderState> state = train(setup, stop);
            documents.report(setup.source());
            report(out, plan, state, checkpoints, began);
        }
    }

    private RunState<LoaderState> train(Pretraining.Setup setup, StopSignal stop) {
        boolean resuming = resumeFromStep >= 0;
        try (Backend backend = compute.backend();
                TerminalReporter reporter = new TerminalReporter("Pretraining", setup.plan().iterations(), resuming ? resumeFromStep : 0);
                Pretraining pretraining = resuming
                        ? Pretraining.resume(setup, resumeFromStep, backend, tensorBoard.beside(reporter, setup.checkpoints()), stop)
                        : Pretraining.start(setup, backend, tensorBoard.beside(reporter, setup.checkpoints()), stop)) {
            return pretraining.run();
        }
    }

    private Optional<CoreCadence> coreCadence() {
        return coreEvery <= 0 || !objective.choice().writesOn()
                ? Optional.empty()
                : core.bundleIfAny().map(bundle -> new CoreCadence(bundle, coreEvery,
                        coreMostPerTask < 0 ? CoreEvaluation.ALL : coreMostPerTask, compute.threads()));
    }

    private static Tokenizer trainedTokenizer() {
        Path file = TokenizerOption.folder().resolve(Tokenizer.FILE_NAME);
        if (!Files.exists(file)) {
            throw new BadInputException("There is no tokenizer yet (" + file + "). Run 'nanochat tokenizer train' first.");
        }
        return Tokenizer.load(file);
    }

    private PretrainingOptions options(int vocabularySize) {
        return switch (recipe) {
            case ORIGINAL -> options(PretrainingRecipe.ORIGINAL);
            case SMALL -> options(PretrainingRecipe.SMALL);
            case AUTO -> optionsBySize(vocabularySize);
        };
    }

    /// By the recipe for runs of this size. Where steps are asked for, how much they come to is not known before the recipe is: they are the original's.
    private PretrainingOptions optionsBySize(int vocabularySize) {
        PretrainingOptions original = options(PretrainingRecipe.ORIGINAL);
        return iterations <= 0 && flops(PretrainingPlan.of(original, vocabularySize)) < PretrainingRecipe.SMALL_RUN
                ? options(PretrainingRecipe.SMALL)
                : original;
    }

    private static double flops(PretrainingPlan plan) {
        return (double) plan.iterations() * plan.totalBatch() * plan.flopsPerToken();
    }

    private PretrainingOptions options(PretrainingRecipe chosen) {
        OptimizerSettings settings = chosen.settings();
        int batch = totalBatch == PretrainingOptions.UNSET ? chosen.totalBatch(rows * sequenceLength) : totalBatch;
        return new PretrainingOptions(
                new PretrainingOptions.ModelDials(depth, aspectRatio, headSize, sequenceLength, windowPattern), objective.choice(),
                new PretrainingOptions.Horizon(iterations, targetFlops, tokensPerParameter),
                new PretrainingOptions.BatchSizes(rows, batch),
                new OptimizerSettings(unembeddingLr.orElse(settings.unembeddingLr()), embeddingLr.orElse(settings.embeddingLr()),
                        matrixLr.orElse(settings.matrixLr()), scalarLr.orElse(settings.scalarLr()), weightDecay),
                new PretrainingOptions.Warmth(warmupSteps.orElse(chosen.warmupSteps()), warmdownRatio, finalLearningRateFraction),
                new PretrainingOptions.Cadence(evaluateEvery, evaluationTokens, sampleEvery, saveEvery),
                packing.orElse(objective.choice().usualPacking()), compute.compute(), seed);
    }

    private void report(PrintWriter out, PretrainingPlan plan, RunState<LoaderState> state, CheckpointDirectory checkpoints, long began) {
        boolean finished = state.step() == plan.iterations();
        state.bitsPerByte().ifPresent(bits -> out.printf(Locale.ROOT, "Validation bits per byte: %.4f%n", bits));
        state.heldOut().ifPresent(measured -> out.println("Validation " + measured.inWords()));
        out.println("Checkpoint of step " + state.step() + " in " + checkpoints.folder());
        out.println(finished
                ? "Try it:  nanochat eval --source base --model-tag " + checkpoints.tag()
                : "Go on:   nanochat pretrain --model-tag " + checkpoints.tag() + " --resume-from-step " + state.step());
        if (json) {
            out.println(Json.line(TrainingResult.of(plan, state, checkpoints, began)));
        }
        out.flush();
    }
}
