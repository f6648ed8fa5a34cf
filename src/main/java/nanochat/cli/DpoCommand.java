package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.conversation.Rendering;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.io.Setting;
import nanochat.objective.PreferenceLoss;
import nanochat.objective.PreferenceStatistics;
import nanochat.task.PreferencePairs;
import nanochat.tensor.Backend;
import nanochat.train.PreferenceLearning;
import nanochat.train.PreferenceOptions;
import nanochat.train.PreferencePlan;
import nanochat.train.PreferencePosition;
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

/// `nanochat dpo`.
@Command(name = "dpo", description = "Learn from pairs of answers which one is preferred, without a model of rewards. The new model keeps the tag.")
public final class DpoCommand implements Runnable {
    private static final String UNSET = "-1";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private ModelOptions startModel = new ModelOptions();

    @Option(names = "--source", paramLabel = "STAGE", description = "The stage of the model to begin with, which is also what it is held to: base, sft or rl; by default the last of sft and rl that has the model.")
    private Optional<ModelStage> source = Optional.empty();

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "Pairs, one a line: prompt, chosen and rejected, as texts or messages; or input, preferred_output and non_preferred_output. Of "
            + PreferencePairs.FEW + " or more one in " + PreferencePairs.HELD_OUT + " is held out for validation.")
    private Path data = Path.of("");

    @Option(names = "--loss", defaultValue = "dpo", paramLabel = "NAME", description = "dpo, ipo, or dpo-norm: DPO by the mean over an answer's tokens, so that its length counts for nothing.")
    private PreferenceLoss.Kind loss = PreferenceLoss.Kind.DPO;

    @Option(names = "--beta", paramLabel = "X", description = "How strongly the model is held to the one it began with; by default 0.1, with dpo-norm 5.")
    private Optional<Double> beta = Optional.empty();

    @Option(names = "--num-epochs", defaultValue = "1", paramLabel = "N", description = "How often to go through the pairs.")
    private int epochs;

    @Option(names = "--num-iterations", paramLabel = "N", description = "Steps to train; by default as many as the epochs take.")
    private Optional<Integer> iterations = Optional.empty();

    @Option(names = "--pairs-per-step", defaultValue = "32", paramLabel = "N", description = "Pairs of an update.")
    private int pairsPerStep;

    @Option(names = "--device-batch-size", defaultValue = "12", paramLabel = "B", description = "Rows of a micro-batch as long as the context, two a pair; of shorter rows as many more.")
    private int rows;

    @Option(names = "--init-lr-frac", defaultValue = "0.02", paramLabel = "X", description = "The learning rates at the start, as a share of those of pretraining; they fall to 0.")
    private double initialLearningRateFraction;

    @Option(names = "--eval-every", defaultValue = "50", paramLabel = "N", description = "Validate every N steps, before the first and after the last; -1: never.")
    private int evaluateEvery;

    @Option(names = "--save-every", defaultValue = UNSET, paramLabel = "N", description = "Save a checkpoint every N steps; -1: only at the end and when interrupted.")
    private int saveEvery;

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Decides the order of the pairs.")
    private long seed;

    @Option(names = "--resume-from-step", defaultValue = UNSET, paramLabel = "N", description = "Resume from the checkpoint of this step, with the plan and the pairs the run began with; -1: start a new run.")
    private int resumeFromStep;

    @Mixin
    private RecomputeOption recompute = new RecomputeOption();

    @Mixin
    private TensorBoardOption tensorBoard = new TensorBoardOption();

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    /// The last line of `--json`.
    ///
    /// @param accuracyBefore share of the validation pairs whose chosen answer has the larger reward, before the first step; absent where it was
    /// never measured
    /// @param margin mean difference of rewards, when it was last measured
    /// @param pairs that something can be learned from
    /// @param validationPairs that were measured
    /// @param steps taken since the run began
    /// @param seconds this command took
    private record Result(Optional<Double> accuracyBefore, Optional<Double> accuracyAfter, Optional<Double> margin, int pairs,
            int validationPairs, Optional<Double> finalLoss, int steps, int iterations, double seconds, String checkpoint) {}

    @Override
    public void run() {
        long began = System.nanoTime();
        PreferenceLearning.Setup setup = resumeFromStep >= 0 ? resumed() : begun();
        PrintWriter out = spec.commandLine().getOut();
        setup.pairs().notes().forEach(spec.commandLine().getErr()::println);
        setup.plan().describe().forEach(out::println);
        out.flush();

        StopSignal stop = new StopSignal();
        try (SaveOnInterrupt _ = new SaveOnInterrupt(stop)) {
            report(out, setup, train(setup, stop), began);
        }
    }

    private PreferenceLearning.Setup begun() {
        if (source.equals(Optional.of(ModelStage.DPO))) {
            throw BadInputException.about("%s dpo: a model that has learned from preferences is resumed with %s", new Setting("source"),
                    new Setting("resume_from_step"));
        }
        if (source.equals(Optional.of(ModelStage.ADAPTER))) {
            throw BadInputException.about("%s adapter: make a whole model of it first:  nanochat merge", new Setting("source"));
        }
        if (beta.isPresent() && !(beta.get() > 0 && Double.isFinite(beta.get()))) {
            throw BadInputException.about("%s must be above 0, is %s", new Setting("beta"), beta.get());
        }
        ModelChoice start = source.map(startModel::of).orElseGet(() -> startModel.ofLast(List.of(ModelStage.SFT, ModelStage.RL)));
        TokenizerCopy tokenizer = TokenizerCopy.load(start.checkpoints().folder());
        PreferenceOptions options = new PreferenceOptions(new PreferenceLoss(loss, beta.orElse(loss.usualBeta())), iterations,
                epochs,
                pairsPerStep, rows, initialLearningRateFraction, evaluateEvery, saveEvery, seed, compute.compute());
        PreferencePairs pairs = new PreferencePairs(data, new Rendering(tokenizer.tokenizer()), start.contextLength());
        PreferencePlan plan = PreferencePlan.of(options, start, pairs).withRecompute(recompute.asked());
        return new PreferenceLearning.Setup(plan, pairs, start.checkpoints(), checkpoints(start.checkpoints().tag()), SavedOptions.of(
                spec));
    }

    private static CheckpointDirectory checkpoints(String tag) {
        return CheckpointDirectory.of(BaseDirectory.fromEnvironment().dpoCheckpoints(), tag);
    }

    private PreferenceLearning.Setup resumed() {
        CheckpointDirectory checkpoints = startModel.of(ModelStage.DPO).checkpoints();
        RunMeta<PreferencePlan, PreferencePosition> meta = PreferenceLearning.readMeta(checkpoints, resumeFromStep);
        SavedOptions.restore(spec, meta.userConfig());
        PreferencePlan plan = meta.plan().withRecompute(recompute.asked());
        CheckpointDirectory start = CheckpointDirectory.find(plan.startStage().models(BaseDirectory.fromEnvironment()), checkpoints.tag());
        Rendering rendering = new Rendering(TokenizerCopy.load(checkpoints.folder()).tokenizer());
        PreferencePairs pairs = new PreferencePairs(data, rendering, plan.config().sequenceLength());
        return new PreferenceLearning.Setup(plan, pairs, start, checkpoints, recompute.in(meta.userConfig()));
    }

    private RunState<PreferencePosition> train(PreferenceLearning.Setup setup, StopSignal stop) {
        boolean resuming = resumeFromStep >= 0;
        try (Backend backend = compute.backend(setup.plan().compute());
                TerminalReporter reporter = new TerminalReporter("Learning preferences", setup.plan().iterations(), resuming
                        ? resumeFromStep
                        : 0);
                PreferenceLearning learning = resuming
                        ? PreferenceLearning.resume(setup, resumeFromStep, backend, tensorBoard.beside(reporter, setup.checkpoints()), stop)
                        : PreferenceLearning.start(setup, backend, tensorBoard.beside(reporter, setup.checkpoints()), stop)) {
            return learning.run();
        }
    }

    private void report(PrintWriter out, PreferenceLearning.Setup setup, RunState<PreferencePosition> state, long began) {
        CheckpointDirectory checkpoints = setup.checkpoints();
        PreferencePosition position = state.loader();
        position.now().ifPresent(now -> out.printf(Locale.ROOT,
                "Of %d validation pairs the chosen answer gained more in %.1f%%, by a margin of %.3f; it is the likelier one in %.1f%%%s%n",
                now
                        .pairs(), 100 * now.accuracy(), now.margin(), 100 * now.preferred(), position.before().map(before -> String.format(
                                Locale.ROOT, ", was in %.1f%%", 100 * before.preferred())).orElse("")));
        out.println("Checkpoint of step " + state.step() + " in " + checkpoints.folder());
        out.println(state.step() < setup.plan().iterations()
                ? "Go on:   nanochat dpo --model-tag " + checkpoints.tag() + " --data " + data + " --resume-from-step " + state.step()
                : "Talk to it:   nanochat chat --source dpo --model-tag " + checkpoints.tag());
        if (json) {
            out.println(Json.line(new Result(position.before().map(PreferenceStatistics::accuracy), position.now().map(
                    PreferenceStatistics::accuracy), position.now().map(PreferenceStatistics::margin), setup.pairs().size(), setup.pairs()
                            .heldOutSize(), Optional.of(state.loss().value()).filter(Double::isFinite), state.step(), setup.plan()
                                    .iterations(), (System.nanoTime() - began) / 1e9, checkpoints.folder().toString())));
        }
        out.flush();
    }
}
