package nanochat.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.io.Progress;
import nanochat.task.ProblemSets;
import nanochat.task.Reward;
import nanochat.tensor.Backend;
import nanochat.train.Finetuning;
import nanochat.train.PolicyRecipe;
import nanochat.train.ReinforcementLearning;
import nanochat.train.ReinforcementOptions;
import nanochat.train.ReinforcementPlan;
import nanochat.train.RolloutPosition;
import nanochat.train.RolloutSettings;
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

/// `nanochat rl`.
@Command(name = "rl", description = "Reinforcement learning: a chat model gets better at problems whose answers are rewarded. The new model keeps the tag.")
public final class RlCommand implements Runnable {
    private static final String UNSET = "-1";
    /// nanochat's; where a task says that its answers are shorter, as long as those.
    private static final int LONGEST_ANSWER = 256;
    /// Of what has no end; on the machine that the speedrun is meant for about three minutes.
    private static final int ITERATIONS = 56;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private ModelOptions startModel = new ModelOptions();

    @Option(names = "--task", defaultValue = ProblemSets.PRACTICE, paramLabel = "NAME", description = "What it is asked: built-in word problems (problems) or questions (spelling_bee, arithmetic, ...), gsm8k where it was downloaded, or a .jsonl file of conversations, whose last messages are the expected answers. Several are asked in turn (problems:3,arithmetic: three problems, then a sum), and the first is measured.")
    private String task = "";

    @Mixin
    private RewardOptions reward = new RewardOptions();

    @Option(names = "--recipe", defaultValue = "reinforce", paramLabel = "NAME", description = "Sets the options of the policy: ${COMPLETION-CANDIDATES}. Those given beside it hold.")
    private PolicyRecipe recipe = PolicyRecipe.REINFORCE;

    @Mixin
    private PolicyOverrides overrides = new PolicyOverrides();

    @Option(names = "--num-epochs", defaultValue = "1", paramLabel = "N", description = "How often to go through the problems.")
    private int epochs;

    @Option(names = "--num-iterations", paramLabel = "N", description = "Steps to train; by default as many as the epochs take, of the built-in problems and questions, which are endless, "
            + ITERATIONS + ".")
    private Optional<Integer> iterations = Optional.empty();

    @Option(names = "--examples-per-step", defaultValue = ""
            + ReinforcementOptions.PROBLEMS, paramLabel = "N", description = "Problems asked in a step.")
    private int problems;

    @Option(names = "--num-samples", defaultValue = "" + ReinforcementOptions.SAMPLES, paramLabel = "N", description = "Answers to each.")
    private int samples;

    @Option(names = "--max-new-tokens", paramLabel = "N", description = "Tokens of an answer at most, tool results included; by default what the task allows, at most "
            + LONGEST_ANSWER + ".")
    private Optional<Integer> maximumTokens = Optional.empty();

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "X", description = "Temperature at which answers are drawn.")
    private double temperature;

    @Option(names = "--top-k", defaultValue = ""
            + ReinforcementOptions.TOP_K, paramLabel = "N", description = "Draw from the N likeliest tokens; 0: from all.")
    private int topK;

    @Option(names = "--device-batch-size", defaultValue = ""
            + ReinforcementOptions.ROWS, paramLabel = "B", description = "Rows of a micro-batch as long as the context; of shorter rows as many more. A number that many numbers divide wastes least.")
    private int rows;

    @Option(names = "--init-lr-frac", defaultValue = ""
            + ReinforcementOptions.LEARNING_RATES, paramLabel = "X", description = "The learning rates at the start, as a share of those of pretraining; they fall to 0.")
    private double initialLearningRateFraction;

    @Option(names = "--train", defaultValue = "blocks", paramLabel = "WHAT", description = "Which weights are trained: ${COMPLETION-CANDIDATES} (blocks: without the embeddings, which the few words of a step would move too far).")
    private Trained trained = Trained.BLOCKS;

    @Option(names = "--average", defaultValue = "true", fallbackValue = "true", arity = "0..1", paramLabel = "BOOL", description = "End with the mean of the weights after every step: the model keeps more of what it could before.")
    private boolean averaged;

    @Option(names = "--eval-every", defaultValue = "60", paramLabel = "N", description = "Measure pass@k on held-out problems every N steps, before the first and after the last; -1: never.")
    private int evaluateEvery;

    @Option(names = "--eval-examples", defaultValue = "200", paramLabel = "N", description = "Held-out problems to measure pass@k on.")
    private int evaluationProblems;

    @Option(names = "--eval-samples", defaultValue = "8", paramLabel = "K", description = "Answers to each of them, for pass@1 to pass@K.")
    private int evaluationSamples;

    @Option(names = "--save-every", defaultValue = "60", paramLabel = "N", description = "Save a checkpoint every N steps; -1: only at the end and when interrupted.")
    private int saveEvery;

    @Option(names = "--seed", defaultValue = "" + ReinforcementOptions.SEED, paramLabel = "N", description = "Of all draws.")
    private long seed;

    @Option(names = "--resume-from-step", defaultValue = UNSET, paramLabel = "N", description = "Resume from the checkpoint of this step, with the plan and the problems the run began with; -1: start a new run.")
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
    /// @param passAtOneBefore pass@1 on held-out problems before the first step; absent where it was never measured
    /// @param problems held-out ones that were asked
    /// @param steps taken since the run began
    /// @param seconds this command took
    /// @param logProbabilityGap see [RolloutPosition.Spent]
    private record Result(String task, @JsonProperty("pass_at_1_before") Optional<Double> passAtOneBefore,
            @JsonProperty("pass_at_1_after") Optional<Double> passAtOneAfter, int problems, int steps,
            double seconds, double rolloutSeconds, double updateSeconds, double logProbabilityGap, int iterations, String checkpoint) {}

    private enum Trained {
        BLOCKS, ALL
    }

    private Optional<Reward> own = Optional.empty();

    @Override
    public void run() {
        long began = System.nanoTime();
        try {
            run(began);
        } finally {
            own.ifPresent(Reward::close);
        }
    }

    private void run(long began) {
        ModelChoice start = startModel.of(ModelStage.SFT);
        CheckpointDirectory checkpoints = CheckpointDirectory.of(BaseDirectory.fromEnvironment().rlCheckpoints(), start.checkpoints()
                .tag());
        ReinforcementLearning.Setup setup = resumeFromStep >= 0 ? resumed(start.checkpoints(), checkpoints) : begun(start, checkpoints);
        PrintWriter out = spec.commandLine().getOut();
        setup.plan().describe().forEach(out::println);
        out.flush();

        StopSignal stop = new StopSignal();
        try (SaveOnInterrupt _ = new SaveOnInterrupt(stop)) {
            report(out, setup, train(setup, stop), began);
        }
    }

    private ReinforcementLearning.Setup begun(ModelChoice start, CheckpointDirectory checkpoints) {
        ProblemSets sets = openProblems();
        int longest = maximumTokens.orElseGet(() -> Math.min(LONGEST_ANSWER, sets.training().longestAnswer().orElse(LONGEST_ANSWER)));
        ReinforcementOptions options = new ReinforcementOptions(
                new RolloutSettings(problems, samples, longest, temperature, topK, seed), overrides.over(recipe.options(longest)),
                iterations.or(() -> sets.endless() && !epochsAsked() ? Optional.of(ITERATIONS) : Optional.empty()), epochs, rows,
                initialLearningRateFraction, trained == Trained.BLOCKS, averaged,
                new ReinforcementOptions.Cadence(evaluateEvery, evaluationProblems, evaluationSamples, saveEvery), compute.compute());
        ReinforcementPlan plan = ReinforcementPlan.of(options, Finetuning.readMeta(start.checkpoints(), start.step()), sets.training())
                .withRecompute(recompute.asked());
        return new ReinforcementLearning.Setup(plan, sets, start.checkpoints(), checkpoints, compute.threads(), SavedOptions.of(spec));
    }

    private ReinforcementLearning.Setup resumed(CheckpointDirectory start, CheckpointDirectory checkpoints) {
        RunMeta<ReinforcementPlan, RolloutPosition> meta = ReinforcementLearning.readMeta(checkpoints, resumeFromStep);
        SavedOptions.restore(spec, meta.userConfig());
        ReinforcementPlan plan = meta.plan().withRecompute(recompute.asked());
        return new ReinforcementLearning.Setup(plan, openProblems(), start, checkpoints, compute.threads(), recompute.in(meta
                .userConfig()));
    }

    private boolean epochsAsked() {
        return spec.commandLine().getParseResult().hasMatchedOption("--num-epochs");
    }

    /// The reward is an option too: a resumed run's are restored by now.
    private ProblemSets openProblems() {
        own = reward.open();
        return ProblemSets.of(task, BaseDirectory.fromEnvironment(), own);
    }

    private RunState<RolloutPosition> train(ReinforcementLearning.Setup setup, StopSignal stop) {
        boolean resuming = resumeFromStep >= 0;
        try (Backend backend = compute.backend(setup.plan().compute());
                TerminalReporter reporter = new TerminalReporter("Learning from rewards", setup.plan().iterations(), resuming
                        ? resumeFromStep
                        : 0);
                ReinforcementLearning learning = resuming
                        ? ReinforcementLearning.resume(setup, resumeFromStep, backend, tensorBoard.beside(reporter, setup.checkpoints()),
                                stop)
                        : ReinforcementLearning.start(setup, backend, tensorBoard.beside(reporter, setup.checkpoints()), stop)) {
            return learning.run();
        }
    }

    private void report(PrintWriter out, ReinforcementLearning.Setup setup, RunState<RolloutPosition> state, long began) {
        CheckpointDirectory checkpoints = setup.checkpoints();
        ReinforcementPlan plan = setup.plan();
        RolloutPosition position = state.loader();
        double steps = position.spent().rolloutSeconds() + position.spent().updateSeconds();
        position.gain().ifPresent(out::println);
        out.printf(Locale.ROOT, "Answers took %s of %s of steps; engine and training pass differ by %.1e nats a token%n",
                Progress.duration(position.spent().rolloutSeconds()), Progress.duration(steps), position.spent().logProbabilityGap());
        out.println("Checkpoint of step " + state.step() + " in " + checkpoints.folder());
        out.println(state.step() < plan.iterations()
                ? "Go on:   nanochat rl --model-tag " + checkpoints.tag() + " --resume-from-step " + state.step()
                : "Talk to it:   nanochat chat --source rl --model-tag " + checkpoints.tag());
        if (json) {
            out.println(Json.line(new Result(plan.task(), position.before(), position.now(), Math.min(plan.cadence().problems(), setup
                    .problems().heldOut().size()), state.step(), (System.nanoTime() - began) / 1e9, position.spent().rolloutSeconds(),
                    position.spent().updateSeconds(), position.spent().logProbabilityGap(), plan.iterations(), checkpoints.folder()
                            .toString())));
        }
        out.flush();
    }
}
