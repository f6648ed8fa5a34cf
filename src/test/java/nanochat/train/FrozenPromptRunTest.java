package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.checkpoint.Adapter;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelMeta;
import nanochat.checkpoint.ModelStage;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.TrainedModel;
import nanochat.conversation.Rendering;
import nanochat.data.Batch;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Generation;
import nanochat.engine.WeightFormat;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.model.BlockMatrix;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.KeyValuePrefix;
import nanochat.model.Tuning;
import nanochat.objective.NextToken;
import nanochat.optim.FinetuningSchedule;
import nanochat.task.ConversationLoader;
import nanochat.task.ConversationPosition;
import nanochat.task.TrainingTasks;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Fine-tuning behind a prompt that is read once. Oracles: rows with the prompt in them; the run that never stopped; what the base model makes of the prompt.
class FrozenPromptRunTest {
    private static final int ITERATIONS = 7;
    private static final int CONTEXT = 48;
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final List<Integer> PROMPT = IntStream.concat(IntStream.of(BYTES.id(SpecialToken.BOS)), Arrays.stream(BYTES.encode(
            "Answer in verse."))).boxed().toList();
    private static final Tuning LORA = new Tuning.LowRank(4, 8, List.of(BlockMatrix.values()));

    @TempDir
    static Path models;

    @TempDir
    Path folder;

    private final List<RunEvent> events = new ArrayList<>();
    private CheckpointDirectory base = new CheckpointDirectory(Path.of("unused"));
    private Path conversations = Path.of("unused");

    @BeforeAll
    static void pretrain() {
        FinetuningRuns.pretrain(CheckpointDirectory.of(new BaseDirectory(models).baseCheckpoints(), "d2"), BYTES, CONTEXT, 11);
    }

    @BeforeEach
    void prepare() throws IOException {
        base = CheckpointDirectory.of(new BaseDirectory(models).baseCheckpoints(), "d2");
        conversations = FinetuningRuns.conversations(folder);
    }

    private FinetuningOptions options(int iterations, DType compute, List<Integer> prompt) {
        return new FinetuningOptions(Optional.of(iterations), Optional.empty(), 1, FinetuningSchedule.DEFAULT_WARMDOWN_RATIO,
                new PretrainingOptions.Cadence(3, 200, -1, 2), compute, prompt);
    }

    private Finetuning.Setup setup(CheckpointDirectory into, Optional<Tuning> tuning, int iterations, DType compute) {
        TrainingTasks tasks = TrainingTasks.of(List.of(conversations.toString()), new BaseDirectory(folder), 5);
        FinetuningPlan plan = FinetuningPlan.of(options(iterations, compute, PROMPT), Pretraining.readMeta(base, FinetuningRuns.BASE_STEPS),
                tasks
                        .training(),
                new Rendering(BYTES));
        return new Finetuning.Setup(tuning.map(how -> plan.withAdapter(adapter(how))).orElse(plan), tasks, base, into, Map.of());
    }

    private AdapterPlan adapter(Tuning tuning) {
        return new AdapterPlan(Adapter.of(tuning, new ModelChoice(ModelStage.BASE, base, FinetuningRuns.BASE_STEPS)), 0.01, 5);
    }

    private CheckpointDirectory whole(String name) {
        return CheckpointDirectory.of(new BaseDirectory(models).sftCheckpoints(), name);
    }

    private RunState<ConversationPosition> start(Finetuning.Setup setup) {
        return FinetuningRuns.run(setup, Optional.empty(), new StopSignal(), events, step -> {});
    }

    private List<Double> losses() {
        return events.stream().filter(RunEvent.Stepped.class::isInstance).map(event -> ((RunEvent.Stepped) event).loss()).toList();
    }

    /// What the base model makes of the prompt, by name.
    private Map<String, float[]> keysAndValues() {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            TrainedModel model = TrainedModel.load(base, FinetuningRuns.BASE_STEPS, backend, DType.F32);
            KeyValuePrefix prefix = KeyValuePrefix.of(model.gpt().config(), PROMPT.size(), OptionalInt.of(PROMPT.getLast()),
                    backend, DType.F32);
            prefix.initializeAs(model.gpt(), PROMPT.stream().mapToInt(Integer::intValue).toArray());
            return prefix.all().stream().collect(Collectors.toMap(Parameter::name, each -> backend.read(each.value())));
        }
    }

    private static float[] logits(CheckpointDirectory checkpoints, int step, int[] tokens) {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            Gpt gpt = TrainedModel.load(checkpoints, step, backend, DType.F32).gpt();
            Tensor ids = backend.allocate(DType.I32, tokens.length);
            backend.write(ids, tokens);
            Tensor logits = backend.allocate(DType.F32, tokens.length, gpt.config().vocabularySize());
            gpt.logits(new Tape(backend, DType.F32), logits, ids, 1, tokens.length);
            return backend.read(logits);
        }
    }

    private static int[] answer(CheckpointDirectory checkpoints, int step, int[] prompt) {
        try (Engine engine = Engine.loadPacked(checkpoints, step, EngineOptions.of(WeightFormat.F32, 1), notice -> {})) {
            return engine.generate(prompt, 1, Generation.greedy(3, Set.of()), ColumnListener.NONE).getFirst().tokens();
        }
    }

    /// The most likely next token after all of these.
    private static int best(CheckpointDirectory checkpoints, int step, int[] tokens) {
        float[] logits = logits(checkpoints, step, tokens);
        int vocabulary = logits.length / tokens.length;
        float[] last = Arrays.copyOfRange(logits, logits.length - vocabulary, logits.length);
        return IntStream.range(0, vocabulary).reduce(0, (best, token) -> last[token] > last[best] ? token : best);
    }

    /// Loss of the first step, by rows of the whole context that begin with the prompt.
    private double lossOfWholeRows(Finetuning.Setup setup) {
        FinetuningPlan plan = setup.plan();
        int length = plan.rowLength();
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32);
                var loader = new ConversationLoader(setup.tasks().training(), new Rendering(BYTES), plan.rows(), length)) {
            Gpt gpt = TrainedModel.load(base, FinetuningRuns.BASE_STEPS, backend, DType.F32).gpt();
            NextToken objective = new NextToken(gpt, new Tape(backend, DType.F32), plan.rows(), CONTEXT);
            double sum = 0;
            for (int i = 0; i < plan.microSteps(); i++) {
                Batch text = loader.next();
                int[] inputs = new int[plan.rows() * CONTEXT];
                int[] targets = new int[inputs.length];
                Arrays.fill(targets, Batch.IGNORED);
                for (int row = 0; row < plan.rows(); row++) {
                    for (int at = 0; at < PROMPT.size(); at++) {
                        inputs[row * CONTEXT + at] = PROMPT.get(at);
                    }
                    System.arraycopy(text.inputs(), row * length, inputs, row * CONTEXT + PROMPT.size(), length);
                    System.arraycopy(text.targets(), row * length, targets, row * CONTEXT + PROMPT.size(), length);
                }
                float[] losses = objective.losses(new Batch(plan.rows(), CONTEXT, inputs, targets));
                double micro = 0;
                for (int at = 0; at < losses.length; at++) {
                    micro += targets[at] == Batch.IGNORED ? 0 : losses[at];
                }
                sum += micro / text.validTargets();
            }
            return sum / plan.microSteps();
        }
    }

    @Test
    void theFirstLossIsThatOfRowsWithThePromptInThem() {
        Finetuning.Setup setup = setup(whole("first"), Optional.empty(), 1, DType.F32);
        assertThat(setup.plan().rowLength()).isEqualTo(CONTEXT - PROMPT.size());
        assertThat(setup.plan().totalBatch()).isEqualTo(2L * 2 * (CONTEXT - PROMPT.size()));
        start(setup);
        assertThat(losses().getFirst()).isCloseTo(lossOfWholeRows(setup), within(1e-5));
    }

    @ParameterizedTest
    @CsvSource({"false, F32, 3", "false, BF16, 2", "true, F32, 3"})
    void anInterruptedRunGoesOnBitForBit(boolean lora, DType compute, int steps) throws IOException {
        Optional<Tuning> tuning = lora ? Optional.of(LORA) : Optional.empty();
        start(setup(whole("whole" + lora + compute), tuning, ITERATIONS, compute));
        List<Double> expected = losses();
        events.clear();
        StopSignal stop = new StopSignal();
        Finetuning.Setup interrupted = setup(whole("interrupted" + lora + compute), tuning, ITERATIONS, compute);
        FinetuningRuns.run(interrupted, Optional.empty(), stop, events, step -> {
            if (step == steps - 1) {
                stop.request();
            }
        });
        FinetuningRuns.run(interrupted, Optional.of(steps), new StopSignal(), events, step -> {});
        assertThat(losses()).hasSize(ITERATIONS).isEqualTo(expected).allMatch(Double::isFinite);
        for (String file : List.of("model_000007.safetensors", "optim_000007.safetensors")) {
            assertThat(Files.readAllBytes(interrupted.checkpoints().folder().resolve(file))).as(file)
                    .isEqualTo(Files.readAllBytes(whole("whole" + lora + compute).folder().resolve(file)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theChatModelAnswersBehindWhatTheBaseModelMadeOfThePrompt(boolean lora) {
        CheckpointDirectory trained = lora
                ? CheckpointDirectory.of(new BaseDirectory(models).adapterCheckpoints(), "d2-verse")
                : whole("verse");
        String before = base.fingerprint(FinetuningRuns.BASE_STEPS);
        start(setup(trained, lora ? Optional.of(LORA) : Optional.empty(), 30, DType.F32));
        assertThat(losses().getLast()).isLessThan(losses().getFirst());
        assertThat(base.fingerprint(FinetuningRuns.BASE_STEPS)).isEqualTo(before);
        assertThat(trained.readMeta(30, ModelMeta.class).prompt()).isEqualTo(PROMPT);
        try (SafeTensors file = trained.openModel(30)) {
            keysAndValues().forEach((name, values) -> assertThat(file.tensor(name).toFloats()).as(name).isEqualTo(values));
        }
        int[] question = {97, 98, 99};
        int[] answer = answer(trained, 30, question);
        assertThat(answer[0]).isEqualTo(best(trained, 30, question));
        assertThat(answer[1]).isEqualTo(best(trained, 30, new int[]{97, 98, 99, answer[0]}));
        assertThat(answer(trained, 30, question)).as("and again, whatever the first start left").isEqualTo(answer);
        if (lora) {
            MergedAdapter.write(trained, 30, whole("merged"));
            float[] merged = logits(whole("merged"), 30, question);
            float[] beside = logits(trained, 30, question);
            for (int i = 0; i < merged.length; i++) {
                assertThat(merged[i]).isCloseTo(beside[i], within(1e-5f));
            }
        }
    }

    @Test
    void whatCannotGoOnFromItSaysSo() {
        start(setup(whole("alone"), Optional.empty(), 2, DType.F32));
        TrainingTasks tasks = TrainingTasks.of(List.of(conversations.toString()), new BaseDirectory(folder), 5);
        FinetuningPlan plan = Finetuning.readMeta(whole("alone"), 2).plan();
        assertThatThrownBy(() -> FinetuningPlan.of(options(2, DType.F32, List.of()), 2, plan, 2, tasks.training(), new Rendering(BYTES)))
                .isInstanceOf(BadInputException.class).hasMessageContaining("answers behind a frozen prompt");
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            ModelInTraining other = new ModelInTraining(Pretraining.readMeta(base, FinetuningRuns.BASE_STEPS).plan(), backend);
            assertThatThrownBy(() -> other.readWeights(whole("alone"), 2)).isInstanceOf(BadInputException.class).hasMessageContaining(
                    "answers behind a frozen prompt");
        }
    }

    @Test
    void aPromptThatLeavesNoRoomAndASecondPrefixAreRefused() {
        GptConfig config = Pretraining.readMeta(base, FinetuningRuns.BASE_STEPS).plan().config();
        TrainingTasks tasks = TrainingTasks.of(List.of(conversations.toString()), new BaseDirectory(folder), 5);
        FinetuningOptions tooLong = options(2, DType.F32, Collections.nCopies(config.sequenceLength() - 15, 65));
        assertThatThrownBy(() -> FinetuningPlan.of(tooLong, Pretraining.readMeta(base, FinetuningRuns.BASE_STEPS), tasks.training(),
                new Rendering(BYTES)))
                .isInstanceOf(BadInputException.class).hasMessageContainingAll("frozen_prompt", "33 tokens", "sees 48", "Shorten it");
        assertThatThrownBy(() -> setup(whole("both"), Optional.of(new Tuning.Prefix(5)), 2, DType.F32)).isInstanceOf(
                BadInputException.class).hasMessageContainingAll("frozen_prompt", "prefix_tokens");
    }
}
