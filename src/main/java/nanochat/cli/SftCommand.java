package nanochat.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.conversation.Rendering;
import nanochat.data.LoaderState;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.optim.FinetuningSchedule;
import nanochat.task.ConversationPosition;
import nanochat.task.TrainingTasks;
import nanochat.tensor.Backend;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.Finetuning;
import nanochat.train.FinetuningOptions;
import nanochat.train.FinetuningPlan;
import nanochat.train.Pretraining;
import nanochat.train.PretrainingOptions;
import nanochat.train.PretrainingPlan;
import nanochat.train.RunMeta;
import nanochat.train.RunState;
import nanochat.train.SaveOnInterrupt;
import nanochat.train.StopSignal;
import nanochat.train.TerminalReporter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat sft`.
@Command(name = "sft", description = "Fine-tune a base model on conversations: it learns to chat. The new model keeps the base model's tag.")
public final class SftCommand implements Runnable {
    private static final String UNSET = "-1";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private ModelOptions baseModel = new ModelOptions();

    @Mixin
    private TuningOptions tuning = new TuningOptions();

    @Mixin
    private ConversationDataOption data = new ConversationDataOption();

    @Option(names = "--num-iterations", paramLabel = "N", description = "Steps to train; by default as many as go through the conversations once.")
    private Optional<Integer> iterations = Optional.empty();

    @Option(names = "--device-batch-size", paramLabel = "B", description = "Rows of a micro-batch; by default as in pretraining. Tokens of a step stay those of pretraining.")
    private Optional<Integer> rows = Optional.empty();

    @Option(names = "--init-lr-frac", defaultValue = ""
            + FinetuningSchedule.DEFAULT_INITIAL_FRACTION, paramLabel = "X", description = "The learning rates at the start, as a share of those of pretraining, or of --tune-lr.")
    private double initialLearningRateFraction;

    @Option(names = "--warmdown-ratio", defaultValue = ""
            + FinetuningSchedule.DEFAULT_WARMDOWN_RATIO, paramLabel = "X", description = "Share of the run, at its end, over which the learning rates fall to 0.")
    private double warmdownRatio;

    @Option(names = "--frozen-prompt", paramLabel = "FILE", description = "A long text that stands before every row and is read once, by the model as it is before the run; its keys and values stay as they are (docs/tuning.md).")
    private Optional<Path> frozenPrompt = Optional.empty();

    @Option(names = "--eval-every", defaultValue = "100", paramLabel = "N", description = "Measure validation bits per byte every N steps; -1: never.")
    private int evaluateEvery;

    @Option(names = "--eval-tokens", defaultValue = UNSET, paramLabel = "N", description = "Tokens to validate on; -1: as many as 10 steps train on.")
    private long evaluationTokens;

    @Option(names = "--save-every", defaultValue = UNSET, paramLabel = "N", description = "Save a checkpoint every N steps; -1: only at the end and when interrupted.")
    private int saveEvery;

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Decides the order of the conversations.")
    private long seed;

    @Option(names = "--resume-from-step", defaultValue = UNSET, paramLabel = "N", description = "Resume from the checkpoint of this step, with the plan and the data the run began with; -1: start a new run.")
    private int resumeFromStep;

    @Mixin
    private RecomputeOption recompute = new RecomputeOption();

    @Mixin
    private TensorBoardOption tensorBoard = new TensorBoardOption();

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    @Override
    public void run() {
        long began = System.nanoTime();
        tuning.check();
        ModelChoice base = baseModel.of(tuning.source());
        String tag = base.checkpoints().tag();
        CheckpointDirectory checkpoints = tuning.isAsked()
                ? tuning.checkpoints(tag)
                : CheckpointDirectory.of(BaseDirectory.fromEnvironment().sftCheckpoints(), tag);
        Finetuning.Setup setup = resumeFromStep >= 0 ? resumed(base.checkpoints(), checkpoints) : begun(base, checkpoints);
        PrintWriter out = spec.commandLine().getOut();
        setup.plan().describe().forEach(out::println);
        out.flush();

        StopSignal stop = new StopSignal();
        try (SaveOnInterrupt _ = new SaveOnInterrupt(stop)) {
            report(out, setup, train(setup, stop), began);
        }
    }

    private Finetuning.Setup begun(ModelChoice base, CheckpointDirectory checkpoints) {
        TrainingTasks tasks = data.tasks(seed);
        Tokenizer tokenizer = TokenizerCopy.load(base.checkpoints().folder()).tokenizer();
        FinetuningOptions options = new FinetuningOptions(iterations, rows, initialLearningRateFraction, warmdownRatio,
                new PretrainingOptions.Cadence(evaluateEvery, evaluationTokens, PretrainingOptions.UNSET, saveEvery), compute.compute(),
                frozenPrompt.map(file -> prompt(tokenizer, file)).orElse(List.of()));
        Rendering rendering = new Rendering(tokenizer);
        FinetuningPlan plan = plan(options, base, tasks, rendering).withRecompute(recompute.asked());
        return new Finetuning.Setup(plan, tasks, base.checkpoints(), checkpoints, SavedOptions.of(spec));
    }

    /// It reads like a document before the conversations.
    private static List<Integer> prompt(Tokenizer tokenizer, Path file) {
        try {
            String text = Files.readString(file).strip();
            if (text.isEmpty()) {
                throw new BadInputException("--frozen-prompt " + file + " is empty");
            }
            return IntStream.concat(IntStream.of(tokenizer.id(SpecialToken.BOS)), Arrays.stream(tokenizer.encode(text))).boxed().toList();
        } catch (NoSuchFileException e) {
            throw new BadInputException("--frozen-prompt: there is no file " + file, e);
        } catch (CharacterCodingException e) {
            throw new BadInputException("--frozen-prompt " + file + " is not UTF-8 text", e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read --frozen-prompt " + file + ": " + e.getMessage(), e);
        }
    }

    private FinetuningPlan plan(FinetuningOptions options, ModelChoice base, TrainingTasks tasks, Rendering rendering) {
        if (base.stage() == ModelStage.SFT) {
            FinetuningPlan before = Finetuning.readMeta(base.checkpoints(), base.step()).plan();
            return FinetuningPlan.of(options, base.step(), before, before.rows(), tasks.training(), rendering).withAdapter(tuning.plan(base,
                    seed));
        }
        RunMeta<PretrainingPlan, LoaderState> meta = Pretraining.readMeta(base.checkpoints(), base.step());
        FinetuningPlan plan = FinetuningPlan.of(options, meta, tasks.training(), rendering);
        return tuning.isAsked() ? plan.withAdapter(tuning.plan(base, seed)) : plan;
    }

    private Finetuning.Setup resumed(CheckpointDirectory base, CheckpointDirectory checkpoints) {
        RunMeta<FinetuningPlan, ConversationPosition> meta = Finetuning.readMeta(checkpoints, resumeFromStep);
        SavedOptions.restore(spec, meta.userConfig());
        FinetuningPlan plan = meta.plan().withRecompute(recompute.asked());
        CheckpointDirectory model = plan.adapter().map(tuned -> tuned.adapter().model(checkpoints).checkpoints()).orElse(base);
        return new Finetuning.Setup(plan, data.tasks(seed), model, checkpoints, recompute.in(meta.userConfig()));
    }

    private RunState<ConversationPosition> train(Finetuning.Setup setup, StopSignal stop) {
        boolean resuming = resumeFromStep >= 0;
        try (Backend backend = compute.backend(setup.plan().compute());
                TerminalReporter reporter = new TerminalReporter("Fine-tuning", setup.plan().iterations(), resuming ? resumeFromStep : 0);
                Finetuning finetuning = resuming
                        ? Finetuning.resume(setup, resumeFromStep, backend, tensorBoard.beside(reporter, setup.checkpoints()), stop)
                        : Finetuning.start(setup, backend, tensorBoard.beside(reporter, setup.checkpoints()), stop)) {
            return finetuning.run();
        }
    }

    private void report(PrintWriter out, Finetuning.Setup setup, RunState<ConversationPosition> state, long began) {
        CheckpointDirectory checkpoints = setup.checkpoints();
        int steps = setup.plan().iterations();
        state.bitsPerByte().ifPresent(bits -> out.printf(Locale.ROOT, "Validation bits per byte: %.4f%n", bits));
        out.println("Checkpoint of step " + state.step() + " in " + checkpoints.folder());
        if (state.step() < steps) {
            String model = setup.plan().adapter().map(tuned -> "--tune " + tuned.adapter().tuning().title() + " --adapter " + checkpoints
                    .tag()
                    + " --source " + tuned.adapter().stage().model().toLowerCase(Locale.ROOT)).orElseGet(() -> "--model-tag " + checkpoints
                            .tag());
            out.println("Go on:   nanochat sft " + model + " --resume-from-step " + state.step());
        } else if (setup.plan().adapter().isPresent()) {
            out.println("Talk to it:   nanochat chat --adapter " + checkpoints.tag());
        }
        if (json) {
            out.println(Json.line(TrainingResult.of(setup.plan(), state, checkpoints, began)));
        }
        out.flush();
    }
}
