package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import nanochat.checkpoint.Adapter;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelMeta;
import nanochat.checkpoint.ModelStage;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.StoredModel;
import nanochat.checkpoint.TrainedModel;
import nanochat.conversation.Rendering;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Generation;
import nanochat.engine.WeightFormat;
import nanochat.eval.BitsPerByte;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.model.BlockMatrix;
import nanochat.model.Tuning;
import nanochat.objective.NextToken;
import nanochat.optim.FinetuningSchedule;
import nanochat.task.ConversationBatches;
import nanochat.task.ConversationPosition;
import nanochat.task.TrainingTasks;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Training beside a model. Oracles: the run that never stopped; the model's own file, which must stay as it is; the merged model.
class TuningRunTest {
    private static final int ITERATIONS = 7;
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final Tuning LORA = new Tuning.LowRank(4, 8, List.of(BlockMatrix.values()));

    private static final Tuning PREFIX = new Tuning.Prefix(5);

    @TempDir
    static Path models;

    @TempDir
    Path folder;

    private final List<RunEvent> events = new ArrayList<>();
    private CheckpointDirectory base = new CheckpointDirectory(Path.of("unused"));
    private Path conversations = Path.of("unused");

    @BeforeAll
    static void pretrain() {
        FinetuningRuns.pretrain(CheckpointDirectory.of(models, "d2"), BYTES, 32, 11);
    }

    @BeforeEach
    void prepare() throws IOException {
        base = CheckpointDirectory.of(new BaseDirectory(folder).baseCheckpoints(), "d2");
        Files.createDirectories(base.folder());
        try (Stream<Path> files = Files.list(models.resolve("d2"))) {
            for (Path file : files.toList()) {
                Files.copy(file, base.folder().resolve(file.getFileName()));
            }
        }
        conversations = FinetuningRuns.conversations(folder);
    }

    private Finetuning.Setup setup(String name, Tuning tuning, int iterations, DType compute) {
        TrainingTasks tasks = TrainingTasks.of(List.of(conversations.toString()), new BaseDirectory(folder), 5);
        FinetuningOptions options = new FinetuningOptions(Optional.of(iterations), Optional.empty(), 1,
                FinetuningSchedule.DEFAULT_WARMDOWN_RATIO, new PretrainingOptions.Cadence(3, 200, -1, 2), compute);
        Adapter adapter = Adapter.of(tuning, new ModelChoice(ModelStage.BASE, base, FinetuningRuns.BASE_STEPS));
        FinetuningPlan plan = FinetuningPlan.of(options, Pretraining.readMeta(base, FinetuningRuns.BASE_STEPS), tasks.training(),
                new Rendering(BYTES))
                .withAdapter(new AdapterPlan(adapter, 0.01, 5));
        return new Finetuning.Setup(plan, tasks, base, adapters(name), Map.of());
    }

    private CheckpointDirectory adapters(String name) {
        return CheckpointDirectory.of(new BaseDirectory(folder).adapterCheckpoints(), name);
    }

    private RunState<ConversationPosition> run(Finetuning.Setup setup, Optional<Integer> resumeFrom, StopSignal stop,
            IntConsumer afterStep) {
        return FinetuningRuns.run(setup, resumeFrom, stop, events, afterStep);
    }

    private RunState<ConversationPosition> start(Finetuning.Setup setup) {
        return run(setup, Optional.empty(), new StopSignal(), step -> {});
    }

    private List<Double> losses() {
        return events.stream().filter(RunEvent.Stepped.class::isInstance).map(event -> ((RunEvent.Stepped) event).loss()).toList();
    }

    @ParameterizedTest
    @CsvSource({"lora, F32, 1", "lora, BF16, 4", "prefix, F32, 3"})
    void anInterruptedRunGoesOnBitForBit(String how, DType compute, int steps) throws IOException {
        Tuning tuning = how.equals("lora") ? LORA : PREFIX;
        RunState<ConversationPosition> whole = start(setup("whole", tuning, ITERATIONS, compute));
        List<Double> expected = losses();
        events.clear();
        StopSignal stop = new StopSignal();
        run(setup("interrupted", tuning, ITERATIONS, compute), Optional.empty(), stop, step -> {
            if (step == steps - 1) {
                stop.request();
            }
        });
        assertThat(events.getLast()).isEqualTo(new RunEvent.Stopped(steps));
        RunState<ConversationPosition> resumed = run(setup("interrupted", tuning, ITERATIONS, compute), Optional.of(steps),
                new StopSignal(),
                step -> {});

        assertThat(losses()).hasSize(ITERATIONS).isEqualTo(expected).allMatch(Double::isFinite);
        for (String file : List.of("model_000007.safetensors", "optim_000007.safetensors")) {
            assertThat(Files.readAllBytes(adapters("interrupted").folder().resolve(file))).as(file)
                    .isEqualTo(Files.readAllBytes(adapters("whole").folder().resolve(file)));
        }
        assertThat(resumed).usingRecursiveComparison().ignoringFields("trainingSeconds").isEqualTo(whole);
    }

    @Test
    void onlyTheAdapterIsTrainedAndSaved() {
        String before = base.fingerprint(FinetuningRuns.BASE_STEPS);
        RunState<ConversationPosition> state = start(setup("d2-lora", LORA, 40, DType.F32));
        double atFirst = events.stream().filter(RunEvent.Evaluated.class::isInstance).map(event -> ((RunEvent.Evaluated) event)
                .bitsPerByte()).findFirst().orElseThrow();
        assertThat(state.bitsPerByte().orElseThrow()).isLessThan(0.98 * atFirst);
        assertThat(base.fingerprint(FinetuningRuns.BASE_STEPS)).isEqualTo(before);
        try (SafeTensors file = adapters("d2-lora").openModel(40)) {
            assertThat(Set.copyOf(file.names())).isEqualTo(Set.copyOf(LORA.layout(Pretraining.readMeta(base, FinetuningRuns.BASE_STEPS)
                    .plan().config())
                    .stream().map(entry -> entry.name()).toList()));
        }
        Adapter adapter = adapters("d2-lora").readMeta(40, ModelMeta.class).adapter().orElseThrow();
        assertThat(adapter).isEqualTo(new Adapter(LORA, ModelStage.BASE, "d2", FinetuningRuns.BASE_STEPS, before));
    }

    // ---- using it ----

    private static float[] logits(CheckpointDirectory checkpoints, int step) {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            TrainedModel model = TrainedModel.load(checkpoints, step, backend, DType.F32);
            Tensor ids = backend.allocate(DType.I32, 12);
            backend.write(ids, new int[]{1, 2, 3, 97, 98, 99, 100, 32, 65, 66, 67, 68});
            Tensor logits = backend.allocate(DType.F32, 12, model.gpt().config().vocabularySize());
            model.gpt().logits(new Tape(backend, DType.F32), logits, ids, 1, 12);
            return backend.read(logits);
        }
    }

    private static List<Integer> answer(CheckpointDirectory checkpoints, int step) {
        try (Engine engine = Engine.load(checkpoints, step, EngineOptions.of(WeightFormat.F32, 1))) {
            return Arrays.stream(engine.generate(new int[]{97, 98, 99}, 1, Generation.greedy(12, Set.of()), ColumnListener.NONE)
                    .getFirst().tokens()).boxed().toList();
        }
    }

    @Test
    void besideTheModelAndMergedItGivesTheSameAndTheEngineToo() {
        start(setup("d2-lora", LORA, 40, DType.F32));
        CheckpointDirectory whole = CheckpointDirectory.of(new BaseDirectory(folder).sftCheckpoints(), "whole");
        MergedAdapter merged = MergedAdapter.write(adapters("d2-lora"), 40, whole);
        assertThat(merged.adapter().tag()).isEqualTo("d2");
        float[] beside = logits(adapters("d2-lora"), 40);
        float[] alone = logits(whole, 40);
        float[] before = logits(base, FinetuningRuns.BASE_STEPS);
        double moved = 0;
        for (int i = 0; i < beside.length; i++) {
            assertThat(beside[i]).isCloseTo(alone[i], within(1e-5f));
            moved = Math.max(moved, Math.abs(beside[i] - before[i]));
        }
        assertThat(moved).as("it changes what the model says").isGreaterThan(0.1);
        assertThat(answer(adapters("d2-lora"), 40)).isEqualTo(answer(whole, 40));

        ModelMeta meta = whole.readMeta(40, ModelMeta.class);
        assertThat(meta.adapter()).isEmpty();
        assertThat(Finetuning.readMeta(whole, 40).plan().adapter()).isEmpty();
        assertThat(whole.hasOptimizer(40)).isFalse();
        assertThatThrownBy(() -> MergedAdapter.write(whole, 40, whole)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "a whole model");
    }

    @Test
    void validationOfTheRunIsThatOfTheModelWithTheAdapter() {
        Finetuning.Setup setup = setup("d2-lora", LORA, ITERATIONS, DType.F32);
        double measured = start(setup).bitsPerByte().orElseThrow();
        CheckpointDirectory whole = CheckpointDirectory.of(new BaseDirectory(folder).sftCheckpoints(), "whole");
        MergedAdapter.write(adapters("d2-lora"), ITERATIONS, whole);
        FinetuningPlan plan = setup.plan();
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            TrainedModel model = TrainedModel.load(whole, ITERATIONS, backend, DType.F32);
            var objective = new NextToken(model.gpt(), new Tape(backend, DType.F32), plan.rows(), plan.config()
                    .sequenceLength());
            var batches = new ConversationBatches(setup.tasks().validation(), new Rendering(BYTES), plan.rows(), plan.config()
                    .sequenceLength(), plan.cadence().evaluationTokens());
            assertThat(BitsPerByte.measure(objective, batches, BYTES.tokenBytes(), () -> {}).value()).isCloseTo(measured,
                    within(1e-5));
        }
    }

    @Test
    void aPrefixIsTrainedBesideTheModelAndCannotBeMerged() {
        String before = base.fingerprint(FinetuningRuns.BASE_STEPS);
        RunState<ConversationPosition> state = start(setup("d2-prefix", PREFIX, 40, DType.F32));
        double atFirst = events.stream().filter(RunEvent.Evaluated.class::isInstance).map(event -> ((RunEvent.Evaluated) event)
                .bitsPerByte()).findFirst().orElseThrow();
        assertThat(state.bitsPerByte().orElseThrow()).isLessThan(atFirst);
        assertThat(base.fingerprint(FinetuningRuns.BASE_STEPS)).isEqualTo(before);
        assertThat(logits(adapters("d2-prefix"), 40)).isNotEqualTo(logits(base, FinetuningRuns.BASE_STEPS));
        assertThat(answer(adapters("d2-prefix"), 40)).hasSize(12);
        assertThatThrownBy(() -> MergedAdapter.write(adapters("d2-prefix"), 40, new CheckpointDirectory(folder.resolve("whole"))))
                .isInstanceOf(BadInputException.class).hasMessageContaining("A prefix cannot be merged");
    }

    // ---- whose it is ----

    @Test
    void aModelThatGaveWayToAnotherIsFound() {
        start(setup("d2-lora", LORA, ITERATIONS, DType.F32));
        float[] expected = logits(adapters("d2-lora"), ITERATIONS);
        FinetuningRuns.pretrain(base, BYTES, 32, 12);
        assertThat(folder.resolve("base_checkpoints/d2.previous")).exists();
        assertThat(logits(adapters("d2-lora"), ITERATIONS)).isEqualTo(expected);
    }

    @Test
    void anAdapterOfAnotherModelIsRefused() {
        start(setup("d2-lora", LORA, ITERATIONS, DType.F32));
        FinetuningRuns.pretrain(base, BYTES, 32, 12);
        FinetuningRuns.pretrain(base, BYTES, 32, 13);
        assertThatThrownBy(() -> StoredModel.open(adapters("d2-lora"), ITERATIONS)).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("d2-lora belongs to the model d2 (pretraining, step 4)", "has other weights", "--tune lora");
    }

    @Test
    void anAdapterWithoutItsModelIsRefused() throws IOException {
        start(setup("d2-lora", LORA, ITERATIONS, DType.F32));
        Files.move(base.folder(), folder.resolve("elsewhere"));
        assertThatThrownBy(() -> StoredModel.open(adapters("d2-lora"), ITERATIONS)).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("there is none of that name and step", "base_checkpoints");
    }

    @Test
    void anotherRankIsAnotherPlan() {
        start(setup("d2-lora", LORA, ITERATIONS, DType.F32));
        Finetuning.Setup other = setup("d2-lora", new Tuning.LowRank(3, 8, List.of(BlockMatrix.C_Q)), ITERATIONS, DType.F32);
        assertThatThrownBy(() -> run(other, Optional.of(4), new StopSignal(), step -> {})).isInstanceOf(BadInputException.class)
                .hasMessageContaining("another plan");
    }
}
