package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.conversation.Rendering;
import nanochat.data.BuiltInDocuments;
import nanochat.data.Packing;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.optim.OptimizerSettings;
import nanochat.task.ProblemSets;
import nanochat.task.Reward;
import nanochat.task.TrainingTasks;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Tasks whose optimum is known, on a model that knows nothing: which letters it writes is all that is rewarded, and all of it can be had. The oracle of a
/// resumed run is the run that never stopped.
class ReinforcementLearningTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final int SFT_STEPS = 1;

    /// A bandit over tokens: half of the first ones are right.
    private static final Reward BANDIT = attempt -> even(attempt.answer().text(), 0) ? 1 : 0;
    /// The second token is right only after a right first one, which has to get its credit for that.
    private static final Reward TWO_TOKENS = attempt -> even(attempt.answer().text(), 0) && !even(attempt.answer().text(), 1)
            && attempt.answer().text().length() > 1 ? 1 : 0;

    @TempDir
    static Path models;

    private static CheckpointDirectory start = new CheckpointDirectory(Path.of("unused"));

    @TempDir
    Path folder;

    private final List<RunEvent> events = new ArrayList<>();

    private static boolean even(String text, int place) {
        return text.length() > place && text.charAt(place) % 2 == 0;
    }

    @BeforeAll
    static void trainAChatModelThatKnowsNothing() throws IOException {
        CheckpointDirectory base = CheckpointDirectory.of(models.resolve("base"), "d2");
        start = CheckpointDirectory.of(models.resolve("sft"), "d2");
        PretrainingOptions options = new PretrainingOptions(new PretrainingOptions.ModelDials(2, 16, 16, 32, "SL"),
                new PretrainingOptions.Horizon(1, -1, -1), new PretrainingOptions.BatchSizes(2, 128),
                OptimizerSettings.DEFAULT.withLearningRatesTimes(5), new PretrainingOptions.Warmth(0, 0.5, 0.1),
                new PretrainingOptions.Cadence(-1, 200, -1, -1), Packing.BESTFIT, DType.F32, 11);
        TrainingTasks tasks = TrainingTasks.of(List.of(questions(models, 40).toString()), new BaseDirectory(models), 5);
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            Pretraining.Setup first = new Pretraining.Setup(PretrainingPlan.of(options, BYTES.vocabularySize()), new BuiltInDocuments(3),
                    BYTES,
                    base, Map.of());
            try (Pretraining run = Pretraining.start(first, backend, event -> {}, new StopSignal())) {
                run.run();
            }
            FinetuningOptions chat = new FinetuningOptions(Optional.of(SFT_STEPS), Optional.empty(), 0.8, 0.5,
                    new PretrainingOptions.Cadence(-1, 200, -1, -1), DType.F32);
            FinetuningPlan plan = FinetuningPlan.of(chat, Pretraining.readMeta(base, 1), tasks.training(), new Rendering(BYTES));
            try (Finetuning run = Finetuning.start(new Finetuning.Setup(plan, tasks, base, start, Map.of()), backend, event -> {},
                    new StopSignal())) {
                run.run();
            }
        }
    }

    private static Path questions(Path folder, int count) throws IOException {
        return Files.write(folder.resolve("questions.jsonl"), IntStream.range(0, count)
                .mapToObj(i -> "[{\"role\":\"user\",\"content\":\"q" + i + "\"},{\"role\":\"assistant\",\"content\":\"a\"}]").toList());
    }

    private ReinforcementLearning.Setup setup(String tag, PolicyOptions policy, int maximumTokens, int iterations, Reward reward,
            DType type)
            throws IOException {
        return setup(tag, policy, maximumTokens, iterations, reward, type, false);
    }

    private ReinforcementLearning.Setup setup(String tag, PolicyOptions policy, int maximumTokens, int iterations, Reward reward,
            DType type, boolean averaged) throws IOException {
        ProblemSets problems = ProblemSets.of(questions(folder, 40).toString(), new BaseDirectory(folder), Optional.of(reward));
        ReinforcementOptions options = new ReinforcementOptions(new RolloutSettings(4, 8, maximumTokens, 1, 0, 7), policy,
                Optional.of(iterations), 1, 3, 12, false, averaged, new ReinforcementOptions.Cadence(iterations, 2, 16, -1), type);
        return new ReinforcementLearning.Setup(ReinforcementPlan.of(options, Finetuning.readMeta(start, SFT_STEPS), problems.training()),
                problems, start, CheckpointDirectory.of(folder, tag), 1, Map.of());
    }

    private RunState<RolloutPosition> run(ReinforcementLearning.Setup setup, Optional<Integer> resumeFrom, StopSignal stop,
            IntConsumer afterStep) {
        RunListener listener = FinetuningRuns.listener(events, afterStep);
        try (Backend backend = Backends.open(Device.CPU, 1, setup.plan().compute());
                ReinforcementLearning learning = resumeFrom.isPresent()
                        ? ReinforcementLearning.resume(setup, resumeFrom.get(), backend, listener, stop)
                        : ReinforcementLearning.start(setup, backend, listener, stop)) {
            return learning.run();
        }
    }

    private RunState<RolloutPosition> run(ReinforcementLearning.Setup setup) {
        return run(setup, Optional.empty(), new StopSignal(), step -> {});
    }

    private List<RolloutMetrics> metrics() {
        return events.stream().filter(RunEvent.Rewarded.class::isInstance).map(event -> ((RunEvent.Rewarded) event).metrics()).toList();
    }

    @ParameterizedTest
    @EnumSource
    void everyRecipeFindsTheBestArmOfABandit(PolicyRecipe recipe) throws IOException {
        RolloutPosition end = run(setup("bandit", recipe.options(1), 1, 40, BANDIT, DType.F32)).loader();
        assertThat(end.before().orElseThrow()).isBetween(0.05, 0.8);
        assertThat(end.now().orElseThrow()).isGreaterThan(0.95);
    }

    @ParameterizedTest
    @EnumSource
    void everyRecipeGivesTheFirstOfTwoTokensItsCredit(PolicyRecipe recipe) throws IOException {
        RolloutPosition end = run(setup("two", recipe.options(2), 2, 60, TWO_TOKENS, DType.F32)).loader();
        assertThat(end.before().orElseThrow()).isLessThan(0.6);
        assertThat(end.now().orElseThrow()).isGreaterThan(0.9);
    }

    @ParameterizedTest
    @EnumSource(names = {"REINFORCE", "DAPO", "PPO_CLIP", "GRPO"})
    void aRunThatWasStoppedGoesOnToTheSameRewardsAndWeightsBitForBit(PolicyRecipe recipe) throws IOException {
        PolicyOptions policy = recipe.options(3);
        RunState<RolloutPosition> whole = run(setup("whole", policy, 3, 5, BANDIT, DType.F32, true));
        List<Double> expected = metrics().stream().map(RolloutMetrics::reward).toList();
        events.clear();
        StopSignal stop = new StopSignal();
        assertThat(run(setup("stopped", policy, 3, 5, BANDIT, DType.F32, true), Optional.empty(), stop, step -> {
            if (step == 1) {
                stop.request();
            }
        }).step()).isEqualTo(2);
        RunState<RolloutPosition> resumed = run(setup("stopped", policy, 3, 5, BANDIT, DType.F32, true), Optional.of(2), new StopSignal(),
                step -> {});
        assertThat(metrics().stream().map(RolloutMetrics::reward).toList()).hasSize(5).isEqualTo(expected);
        for (String file : List.of("model_000005.safetensors", "optim_000005.safetensors")) {
            assertThat(Files.readAllBytes(folder.resolve("stopped").resolve(file))).as(file)
                    .isEqualTo(Files.readAllBytes(folder.resolve("whole").resolve(file)));
        }
        assertThat(resumed.loader().now()).isEqualTo(whole.loader().now());
        assertThat(resumed.loader().before()).isEqualTo(whole.loader().before());
    }

    @Test
    void theEngineAndTheTrainingPassAgreeAboutProbabilitiesAndNothingHasMovedAtFirst() throws IOException {
        run(setup("gap", PolicyRecipe.REINFORCE.options(8), 8, 2, BANDIT, DType.F32));
        assertThat(metrics()).allSatisfy(step -> assertThat(step.largestLogProbabilityGap()).isPositive().isLessThan(1e-4));
        assertThat(metrics().getFirst().ratio()).isBetween(0.9999, 1.0001);
        assertThat(metrics().getFirst().divergence().orElseThrow()).isLessThan(1e-9);
        assertThat(metrics().getFirst().entropy()).isPositive();
    }

    @Test
    void equalRewardsMoveNoWeight() throws IOException {
        run(setup("equal", PolicyRecipe.REINFORCE.options(4), 4, 2, attempt -> 3, DType.F32));
        assertThat(metrics()).allSatisfy(step -> {
            assertThat(step.withoutSignal()).isEqualTo(1);
            assertThat(step.trainedRows()).isZero();
        });
        assertThat(Files.readAllBytes(folder.resolve("equal/model_000002.safetensors")))
                .isEqualTo(Files.readAllBytes(start.folder().resolve("model_00000" + SFT_STEPS + ".safetensors")));
    }

    private List<RolloutMetrics> metricsOf(String tag, PolicyOptions policy, int maximumTokens, int iterations, Reward reward)
            throws IOException {
        events.clear();
        run(setup(tag, policy, maximumTokens, iterations, reward, DType.F32));
        return metrics();
    }

    @Test
    void aLengthPenaltyTellsAnswersApartThatAreWorthTheSame() throws IOException {
        PolicyOptions plain = PolicyRecipe.REINFORCE.options(16);
        assertThat(metricsOf("plain", plain, 16, 1, attempt -> 1).getFirst().withoutSignal()).isEqualTo(1);
        RolloutMetrics penalised = metricsOf("penalised", new PolicyOptions(plain.clip(), 1, 0, false, plain.normalization(), 0, 16), 16, 1,
                attempt -> 1).getFirst();
        assertThat(penalised.withoutSignal()).isLessThan(1);
        assertThat(penalised.reward()).as("before any penalty").isEqualTo(1);
        assertThat(new PolicyOptions(plain.clip(), 1, 0, false, plain.normalization(), 0, 4).penalty(14, 16)).isEqualTo(0.5);
    }

    @Test
    void groupsWithoutSignalAreReplacedByOthers() throws IOException {
        Reward rare = attempt -> attempt.answer().text().startsWith("a") ? 1 : 0;
        PolicyOptions plain = PolicyRecipe.REINFORCE.options(1);
        assertThat(metricsOf("once", plain, 1, 1, rare).getFirst().groups()).isEqualTo(4);
        RolloutMetrics again = metricsOf("again", new PolicyOptions(plain.clip(), 1, 0, false, plain.normalization(), 3, 0), 1, 1, rare)
                .getFirst();
        assertThat(again.groups()).isGreaterThan(4).isLessThanOrEqualTo(16);
        assertThat(again.withoutSignal()).isPositive();
    }

    @Test
    void aHigherUpperBoundClipsFewerTokens() throws IOException {
        PolicyOptions plain = PolicyRecipe.PPO_CLIP.options(2);
        double symmetric = clipped(metricsOf("symmetric", withClip(plain, new PolicyOptions.Clip(0.05, 0.05)), 2, 4, TWO_TOKENS));
        double higher = clipped(metricsOf("higher", withClip(plain, new PolicyOptions.Clip(0.05, 50)), 2, 4, TWO_TOKENS));
        assertThat(higher).isLessThan(symmetric);
    }

    private static PolicyOptions withClip(PolicyOptions options, PolicyOptions.Clip clip) {
        return new PolicyOptions(Optional.of(clip), options.updatesPerStep(), 0, false, options.normalization(), 0, 0);
    }

    private static double clipped(List<RolloutMetrics> steps) {
        return steps.stream().mapToDouble(RolloutMetrics::clipped).sum();
    }

    @Test
    void aRewardThatIsNoNumberAndATaskWithoutOneAreRefused() throws IOException {
        ReinforcementLearning.Setup setup = setup("nan", PolicyRecipe.REINFORCE.options(4), 4, 2, attempt -> Double.NaN, DType.F32);
        assertThatThrownBy(() -> run(setup)).isInstanceOf(BadInputException.class).hasMessageContaining("NaN").hasMessageContaining("q");
        assertThatThrownBy(() -> ProblemSets.of("mmlu", new BaseDirectory(folder), Optional.empty())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("MMLU has no reward");
    }

    @Test
    void problemsAsLongAsTheContextAreCountedAndSkipped() throws IOException {
        ReinforcementLearning.Setup like = setup("long", PolicyRecipe.REINFORCE.options(2), 2, 1, BANDIT, DType.F32);
        Path file = Files.write(folder.resolve("questions.jsonl"), IntStream.range(0, 40)
                .mapToObj(i -> line(i % 2 == 0 ? "q" + i : "x".repeat(100))).toList());
        ProblemSets problems = ProblemSets.of(file.toString(), new BaseDirectory(folder), Optional.of(BANDIT));
        run(new ReinforcementLearning.Setup(like.plan(), problems, start, like.checkpoints(), 1, Map.of()));
        assertThat(metrics().getFirst().skipped()).isPositive();
        Files.write(file, Collections.nCopies(40, line("x".repeat(100))));
        ProblemSets hopeless = ProblemSets.of(file.toString(), new BaseDirectory(folder), Optional.of(BANDIT));
        assertThatThrownBy(() -> run(new ReinforcementLearning.Setup(like.plan(), hopeless, start, like.checkpoints(), 1, Map.of())))
                .isInstanceOf(BadInputException.class).hasMessageContaining("leaves room");
    }

    private static String line(String question) {
        return "[{\"role\":\"user\",\"content\":\"" + question + "\"},{\"role\":\"assistant\",\"content\":\"a\"}]";
    }
}
