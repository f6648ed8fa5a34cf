package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelMeta;
import nanochat.checkpoint.SafeTensors;
import nanochat.conversation.Rendering;
import nanochat.data.BuiltInDocuments;
import nanochat.data.LoaderState;
import nanochat.data.Packing;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.optim.FinetuningSchedule;
import nanochat.optim.OptimizerSettings;
import nanochat.task.ConversationPosition;
import nanochat.task.TrainingTasks;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The oracle of every resumed run is the run that never stopped; what fine-tuning starts from is what pretraining saved.
class FinetuningTest {
    private static final int BASE_STEPS = 4;
    private static final int ITERATIONS = 7;
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final PretrainingOptions.Cadence CADENCE = new PretrainingOptions.Cadence(3, 200, -1, 2);

    @TempDir
    static Path models;

    private static CheckpointDirectory base = new CheckpointDirectory(Path.of("unused"));

    @TempDir
    Path folder;

    private final List<RunEvent> events = new ArrayList<>();
    private Path conversations = Path.of("unused");

    @BeforeAll
    static void pretrain() {
        base = CheckpointDirectory.of(models, "d2");
        PretrainingOptions options = new PretrainingOptions(new PretrainingOptions.ModelDials(2, 16, 16, 32, "SL"),
                new PretrainingOptions.Horizon(BASE_STEPS, -1, -1), new PretrainingOptions.BatchSizes(2, 128),
                OptimizerSettings.DEFAULT.withLearningRatesTimes(20), new PretrainingOptions.Warmth(2, 0.5, 0.1),
                new PretrainingOptions.Cadence(-1, 200, -1, -1), Packing.BESTFIT, DType.F32, 11);
        Pretraining.Setup setup = new Pretraining.Setup(PretrainingPlan.of(options, BYTES.vocabularySize()), new BuiltInDocuments(3), BYTES,
                base, Map.of());
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32);
                Pretraining run = Pretraining.start(setup, backend, event -> {}, new StopSignal())) {
            run.run();
        }
    }

    @BeforeEach
    void writeConversations() throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("[]");
        lines.add("[{\"role\":\"user\",\"content\":\"nobody answers\"}]");
        lines.add(line("long", "a".repeat(200)));
        lines.add(line("b".repeat(200), "never seen"));
        for (int i = 0; i < 100; i++) {
            lines.add(line("q" + i, "a" + i));
        }
        conversations = Files.write(folder.resolve("mine.jsonl"), lines);
    }

    private static String line(String question, String answer) {
        return "[{\"role\":\"user\",\"content\":\"" + question + "\"},{\"role\":\"assistant\",\"content\":\"" + answer + "\"}]";
    }

    private static FinetuningOptions options(Optional<Integer> iterations, Optional<Integer> rows, DType compute) {
        return new FinetuningOptions(iterations, rows, FinetuningSchedule.DEFAULT_INITIAL_FRACTION,
                FinetuningSchedule.DEFAULT_WARMDOWN_RATIO, CADENCE, compute);
    }

    private Finetuning.Setup setup(String tag, FinetuningOptions options) {
        TrainingTasks tasks = TrainingTasks.of(List.of(conversations.toString()), new BaseDirectory(folder), 5);
        RunMeta<PretrainingPlan, LoaderState> meta = Pretraining.readMeta(base, BASE_STEPS);
        return new Finetuning.Setup(FinetuningPlan.of(options, meta, tasks.training(), new Rendering(BYTES)), tasks, base,
                CheckpointDirectory.of(folder, tag), Map.of("data", "mine"));
    }

    private Finetuning.Setup setup(String tag) {
        return setup(tag, options(Optional.of(ITERATIONS), Optional.empty(), DType.F32));
    }

    private RunState<ConversationPosition> run(Finetuning.Setup setup, Optional<Integer> resumeFrom, StopSignal stop,
            IntConsumer afterStep) {
        return FinetuningRuns.run(setup, resumeFrom, stop, events, afterStep);
    }

    private RunState<ConversationPosition> start(Finetuning.Setup setup) {
        return run(setup, Optional.empty(), new StopSignal(), step -> {});
    }

    private RunState<ConversationPosition> stopAfter(Finetuning.Setup setup, int steps) {
        StopSignal stop = new StopSignal();
        return run(setup, Optional.empty(), stop, step -> {
            if (step == steps - 1) {
                stop.request();
            }
        });
    }

    private RunState<ConversationPosition> resume(Finetuning.Setup setup, int step) {
        return run(setup, Optional.of(step), new StopSignal(), later -> {});
    }

    private List<Double> losses() {
        return events.stream().filter(RunEvent.Stepped.class::isInstance).map(event -> ((RunEvent.Stepped) event).loss()).toList();
    }

    private List<Integer> stepsOf(Class<? extends RunEvent> type) {
        return events.stream().filter(type::isInstance).map(RunEvent::step).toList();
    }

    @ParameterizedTest
    @CsvSource({"F32, 1", "BF16, 4", "F32, 6"})
    void anInterruptedRunGoesOnBitForBit(DType compute, int steps) throws IOException {
        FinetuningOptions options = options(Optional.of(ITERATIONS), Optional.empty(), compute);
        RunState<ConversationPosition> whole = start(setup("whole", options));
        List<Double> expected = losses();
        events.clear();

        assertThat(stopAfter(setup("interrupted", options), steps).step()).isEqualTo(steps);
        assertThat(events.getLast()).isEqualTo(new RunEvent.Stopped(steps));
        RunState<ConversationPosition> resumed = resume(setup("interrupted", options), steps);

        assertThat(losses()).hasSize(ITERATIONS).isEqualTo(expected).allMatch(Double::isFinite);
        for (String file : List.of("model_000007.safetensors", "optim_000007.safetensors")) {
            assertThat(Files.readAllBytes(folder.resolve("interrupted").resolve(file))).as(file)
                    .isEqualTo(Files.readAllBytes(folder.resolve("whole").resolve(file)));
        }
        assertThat(resumed).usingRecursiveComparison().ignoringFields("trainingSeconds").isEqualTo(whole);
    }

    @Test
    void recomputingCanBeSwitchedOnResumingAndChangesNothing() throws IOException {
        start(setup("whole"));
        List<Double> expected = losses();
        events.clear();
        stopAfter(recomputing(setup("switched")), 3);
        resume(setup("switched"), 3);
        assertThat(losses()).isEqualTo(expected);
        assertThat(Files.readAllBytes(folder.resolve("switched/model_000007.safetensors")))
                .isEqualTo(Files.readAllBytes(folder.resolve("whole/model_000007.safetensors")));
    }

    private static Finetuning.Setup recomputing(Finetuning.Setup setup) {
        return new Finetuning.Setup(setup.plan().withRecompute(true), setup.tasks(), setup.base(), setup.checkpoints(), setup.userConfig());
    }

    @Test
    void itStartsFromTheWeightsAndMomentsOfTheBaseModel() {
        FinetuningOptions untouched = new FinetuningOptions(Optional.of(1), Optional.empty(), Double.MIN_NORMAL, 0, CADENCE, DType.F32);
        start(setup("d2", untouched));
        assertThat(values("model", folder.resolve("d2"), 1)).as("weights after a step of nearly 0")
                .isEqualTo(values("model", base.folder(), BASE_STEPS));
        assertThat(values("optim", folder.resolve("d2"), 1)).as("moments, moved by the step")
                .isNotEqualTo(values("optim", base.folder(), BASE_STEPS));
    }

    private static List<Float> values(String kind, Path checkpoints, int step) {
        List<Float> values = new ArrayList<>();
        try (SafeTensors file = SafeTensors.open(checkpoints.resolve("%s_%06d.safetensors".formatted(kind, step)))) {
            for (String name : file.names()) {
                for (float value : file.tensor(name).toFloats()) {
                    values.add(value);
                }
            }
        }
        return values;
    }

    @Test
    void trainingLearnsToAnswer() {
        RunState<ConversationPosition> state = start(setup("d2", options(Optional.of(30), Optional.empty(), DType.F32)));
        List<Double> losses = losses();
        assertThat(losses.getLast()).isLessThan(0.7 * losses.getFirst());
        assertThat(state.bitsPerByte().orElseThrow()).isFinite().isPositive();
    }

    @Test
    void batchSizesAndLearningRatesAreInheritedAndNothingDecays() {
        PretrainingPlan before = Pretraining.readMeta(base, BASE_STEPS).plan();
        FinetuningPlan plan = setup("d2").plan();
        assertThat(plan.rows()).isEqualTo(before.layout().rows());
        assertThat(plan.totalBatch()).isEqualTo(before.totalBatch());
        assertThat(plan.settings()).isEqualTo(before.settings().withWeightDecay(0));
        assertThat(plan.config()).isEqualTo(before.config());
        FinetuningPlan narrower = setup("d2", options(Optional.of(1), Optional.of(1), DType.F32)).plan();
        assertThat(narrower.rows()).isEqualTo(1);
        assertThat(narrower.totalBatch()).isEqualTo(before.totalBatch());
        assertThatThrownBy(() -> setup("d2", options(Optional.of(1), Optional.of(3), DType.F32))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("device_batch_size 3");
    }

    @Test
    void withoutANumberOfStepsTheConversationsAreGoneThroughOnce() {
        Finetuning.Setup setup = setup("d2", options(Optional.empty(), Optional.empty(), DType.F32));
        assertThat(start(setup).loader().epoch()).isLessThanOrEqualTo(2);
        int oneMore = setup.plan().iterations() + 1;
        assertThat(start(setup("more", options(Optional.of(oneMore), Optional.empty(), DType.F32))).loader().epoch())
                .isGreaterThanOrEqualTo(2);
    }

    @Test
    void evaluationsAndCheckpointsComeWhenTheyAreDue() {
        start(setup("d2"));
        assertThat(stepsOf(RunEvent.Evaluated.class)).containsExactly(0, 3, 6, 7);
        assertThat(stepsOf(RunEvent.Saved.class)).containsExactly(2, 4, 6, 7);
        assertThat(events.getLast()).as("the last step is safe before its evaluation").isInstanceOf(RunEvent.Evaluated.class);
    }

    @Test
    void theCheckpointIsOneOfAModelLikeAnyOther() {
        start(setup("d2"));
        CheckpointDirectory checkpoints = CheckpointDirectory.of(folder, "d2");
        ModelMeta meta = checkpoints.readMeta(ITERATIONS, ModelMeta.class);
        assertThat(meta).isEqualTo(new ModelMeta(ITERATIONS, base.readMeta(BASE_STEPS, ModelMeta.class).modelConfig(),
                base.readMeta(BASE_STEPS, ModelMeta.class).tokenizerSha256()));
    }

    @Test
    void otherConversationsOrAnotherPlanThanTheCheckpointsAreRefused() throws IOException {
        stopAfter(setup("d2"), 3);
        Finetuning.Setup longer = setup("d2", options(Optional.of(ITERATIONS + 1), Optional.empty(), DType.F32));
        assertThatThrownBy(() -> resume(longer, 3)).isInstanceOf(BadInputException.class).hasMessageContaining("another plan");
        Files.write(conversations, List.of(line("another", "file")));
        assertThatThrownBy(() -> resume(setup("d2"), 3)).isInstanceOf(BadInputException.class).hasMessageContaining("conversations were");
    }

    @Test
    void conversationsOfTheSameNumberAndLengthAreToldApartByWhatTheySay() throws IOException {
        stopAfter(setup("d2"), 3);
        String before = Files.readString(conversations);
        Files.writeString(conversations, before.replace("\"a42\"", "\"b42\""));
        assertThatThrownBy(() -> resume(setup("d2"), 3)).isInstanceOf(BadInputException.class).hasMessageContainingAll(
                "Cannot resume: the conversations were", "mine.jsonl 104, content ", "Resume with the data it was written with");
        Files.writeString(conversations, before);
        assertThat(resume(setup("d2"), 3).step()).isEqualTo(ITERATIONS);
    }

    @Test
    void oneConversationAmongManyWithNothingToLearnFromIsTrainedOn() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            lines.addAll(List.of("[]", "[{\"role\":\"user\",\"content\":\"nobody answers\"}]", line("b".repeat(200), "never seen")));
        }
        lines.add(line("long", "a".repeat(200)));
        Files.write(conversations, lines);
        RunState<ConversationPosition> state = start(setup("d2"));
        assertThat(losses()).hasSize(ITERATIONS).allMatch(loss -> Double.isFinite(loss) && loss > 0);
        assertThat(losses().getLast()).as("the same answer again and again").isLessThan(losses().getFirst());
        assertThat(state.bitsPerByte().orElseThrow()).isFinite().isPositive();
        assertThat(values("model", folder.resolve("d2"), ITERATIONS)).allMatch(value -> Float.isFinite(value));
    }

    @Test
    void conversationsWithNothingToLearnFromAreRefusedBeforeAnythingIsTouched() throws IOException {
        start(setup("d2"));
        Files.write(conversations, List.of("[]", line("b".repeat(200), "never seen")));
        assertThatThrownBy(() -> start(setup("d2"))).isInstanceOf(BadInputException.class).hasMessageContaining("nothing to learn from");
        assertThat(CheckpointDirectory.of(folder, "d2").steps()).contains(ITERATIONS);
        assertThat(folder.resolve("d2.previous")).doesNotExist();
    }
}
