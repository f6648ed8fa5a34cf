package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.model.RowMemory;
import nanochat.optim.MuonAdamW;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ParameterGroups;
import nanochat.optim.ScheduleValues;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.LossWeights;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows that go on from one another.
class RecurrenceTest {
    private static final int ROWS = 2;

    private static TextModel model(Device device, int length, int memory) {
        return new TextModel(device, new ObjectiveChoice.OfNextToken(memory), ROWS, length).drawn(5);
    }

    private static RowMemory memory(TextModel model, int length, int tokens) {
        return new RowMemory(model.parameters.config(), model.backend, DType.F32, ROWS, length, tokens);
    }

    private static int[] ids(long seed, int length) {
        return new RandomValues(seed).ids(ROWS * length, 0, TextModel.FIRST_SPECIAL);
    }

    /// Of each row the tokens from `from` on.
    private static int[] part(int[] ids, int from, int count) {
        int length = ids.length / ROWS;
        int[] part = new int[ROWS * count];
        for (int row = 0; row < ROWS; row++) {
            System.arraycopy(ids, row * length + from, part, row * count, count);
        }
        return part;
    }

    private static Tensor written(Backend backend, int[] ids) {
        Tensor tensor = backend.allocate(DType.I32, ids.length);
        backend.write(tensor, ids);
        return tensor;
    }

    private static float[] logits(TextModel model, Variable x) {
        Tensor logits = model.backend.allocate(DType.F32, x.value().rows(), TextModel.VOCABULARY);
        model.backend.logits(logits, x.value(), model.parameters.lmHead().compute());
        model.tape.clear();
        return model.backend.read(logits);
    }

    private static float[] pass(TextModel model, RowMemory memory, int[] inputs) {
        float[] logits = logits(model, model.gpt.hidden(model.tape, memory.pass(written(model.backend, inputs))));
        memory.keep(inputs);
        return logits;
    }

    /// Windows of T and, where rows are longer than that, of 128 tokens; smear, value embeddings and rotation across the seam.
    @ParameterizedTest
    @CsvSource({"CPU, 24", "CPU, 160", "REFERENCE, 24", "REFERENCE, 160"})
    void twoRowsWithMemoryAreOneRowOfTwiceTheLength(Device device, int length) {
        int[] ids = ids(1, 2 * length);
        try (TextModel model = model(device, length, length)) {
            assertThat(model.parameters.config().window(0)).isEqualTo(128);
            assertThat(model.parameters.config().window(1)).isEqualTo(length);
            Gpt whole = new Gpt(model.parameters, 2 * length);
            float[] expected = logits(model, whole.hidden(model.tape, written(model.backend, ids), ROWS, 2 * length));
            RowMemory memory = memory(model, length, length);
            for (int half = 0; half < 2; half++) {
                float[] actual = pass(model, memory, part(ids, half * length, length));
                for (int row = 0; row < ROWS; row++) {
                    int count = length * TextModel.VOCABULARY;
                    assertThat(Arrays.copyOfRange(actual, row * count, (row + 1) * count)).as("row %d, half %d", row, half).containsExactly(
                            Arrays.copyOfRange(expected, (2 * row + half) * count, (2 * row + half + 1) * count), within(1e-5f));
                }
            }
        }
    }

    /// What the first layer's keys are hangs on their token alone, where nothing is smeared: so one layer behind a short memory is one pass that begins with
    /// those tokens.
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 11, 12})
    void aRowSeesNoMoreThanItsMemory(int tokens) {
        int length = 12;
        int[] ids = ids(2, 2 * length);
        try (TextModel model = model(Device.CPU, length, tokens)) {
            GptConfig config = GptConfig.ofDepth(1, 32, 16, length, TextModel.VOCABULARY, "L");
            GptParameters parameters = new GptParameters(config, model.backend, DType.F32, false);
            RandomValues random = new RandomValues(3);
            parameters.all().forEach(parameter -> model.backend.write(parameter.value(), random.normal(parameter.value().size(), 0.3)));
            model.backend.zero(parameters.residualStream().orElseThrow().smearLambda().value());
            parameters.refresh();
            Tape tape = new Tape(model.backend, DType.F32);
            RowMemory memory = new RowMemory(config, model.backend, DType.F32, ROWS, length, tokens);
            Gpt gpt = new Gpt(parameters);
            int[] first = part(ids, 0, length);
            gpt.hidden(tape, memory.pass(written(model.backend, first)));
            tape.clear();
            memory.keep(first);
            float[] actual = model.backend.read(gpt.hidden(tape, memory.pass(written(model.backend, part(ids, length, length)))).value());
            tape.clear();
            float[] expected = model.backend.read(new Gpt(parameters, 2 * length).hidden(tape, written(model.backend, part(ids, length
                    - tokens, tokens + length)), ROWS, tokens + length).value());
            int width = config.embedding();
            for (int row = 0; row < ROWS; row++) {
                assertThat(Arrays.copyOfRange(actual, row * length * width, (row + 1) * length * width)).containsExactly(Arrays.copyOfRange(
                        expected, (row * (tokens + length) + tokens) * width, (row + 1) * (tokens + length) * width), within(1e-5f));
            }
        }
    }

    /// The memory is held as it is while weights move: along the gradient the loss rises by its square.
    @ParameterizedTest
    @CsvSource({"10, 10, 1", "10, 4, 2", "150, 150, 3"})
    void gradientsAreThoseOfCentralDifferencesAndOfTheReference(int length, int tokens, long seed) {
        int[] ids = ids(seed, 2 * length + 1);
        Batch second = new Batch(ROWS, length, part(ids, length, length), part(ids, length + 1, length));
        try (TextModel model = model(Device.CPU, length, tokens); TextModel reference = model(Device.REFERENCE, length, tokens)) {
            RowMemory memory = memory(model, length, tokens);
            pass(model, memory, part(ids, 0, length));
            RowMemory memoryOfReference = memory(reference, length, tokens);
            pass(reference, memoryOfReference, part(ids, 0, length));
            ObjectiveGradients.areThoseOfCentralDifferencesAndOfTheReference(model, () -> loss(model, memory, second), reference,
                    () -> loss(reference, memoryOfReference, second), 2e-4f);
        }
    }

    /// Adds the gradients of the mean loss, and leaves the memory as it is.
    private static double loss(TextModel model, RowMemory memory, Batch batch) {
        int count = batch.inputs().length;
        Tensor losses = model.backend.allocate(DType.F32, count);
        Variable x = model.gpt.hidden(model.tape, memory.pass(written(model.backend, batch.inputs())));
        model.tape.crossEntropyWithGradient(losses, x, model.parameters.lmHead(), written(model.backend, batch.targets()),
                TextModel.VOCABULARY, new LossWeights.Uniform(1f / count));
        model.tape.backward();
        double sum = 0;
        for (float loss : model.backend.read(losses)) {
            sum += loss;
        }
        return sum / count;
    }

    /// Oracle: one thread that keeps all activations.
    @ParameterizedTest
    @CsvSource({"F32, 1, true", "F32, 3, false", "F32, 8, true", "BF16, 1, true", "BF16, 8, false"})
    void threadsAndRecomputingChangeNoBit(DType type, int threads, boolean recompute) {
        List<float[]> expected = trained(type, 1, false);
        List<float[]> actual = trained(type, threads, recompute);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).isEqualTo(expected.get(i));
        }
    }

    /// Weights and memory after three steps of two micro-batches.
    private static List<float[]> trained(DType type, int threads, boolean recompute) {
        int length = 20;
        try (Backend backend = Backends.open(Device.CPU, threads, type)) {
            GptParameters parameters = new GptParameters(GptConfig.ofDepth(3, 16, 16, length, TextModel.VOCABULARY, "SL"), backend, type,
                    true);
            parameters.initialize(4);
            NextToken objective = new NextToken(new Gpt(parameters, length, recompute), new Tape(backend, type), ROWS, length, 13);
            MuonAdamW optimizer = new MuonAdamW(backend, ParameterGroups.of(parameters, OptimizerSettings.DEFAULT
                    .withLearningRatesTimes(10)));
            for (int step = 0; step < 3; step++) {
                for (int micro = 0; micro < 2; micro++) {
                    objective.addGradients(TextModel.text(2 * step + micro, ROWS, length), 2);
                }
                objective.takeLoss();
                optimizer.step(new ScheduleValues(1, 0.9, 0));
            }
            return Stream.concat(parameters.all().stream().map(parameter -> backend.read(parameter.value())), objective
                    .state().values().stream().filter(tensor -> tensor.dtype() != DType.I32).map(backend::read)).toList();
        }
    }

    @Test
    void whatIsMeasuredHangsOnNothingThatWasLearnedOrMeasuredBefore() {
        int length = 10;
        Batch first = TextModel.text(1, ROWS, length);
        Batch second = TextModel.text(2, ROWS, length);
        try (TextModel model = model(Device.CPU, length, 10)) {
            Objective objective = model.objective(0);
            objective.beginMeasuring();
            float[] alone = objective.losses(second).clone();
            objective.beginMeasuring();
            objective.losses(first);
            float[] behind = objective.losses(second).clone();
            assertThat(behind).isNotEqualTo(alone);

            objective.addGradients(second, 1);
            objective.takeLoss();
            objective.beginMeasuring();
            assertThat(objective.losses(second)).isEqualTo(alone);
            objective.beginMeasuring();
            objective.losses(first);
            assertThat(objective.losses(second)).isEqualTo(behind);
            assertThat(new NextToken(model.gpt, model.tape, ROWS, length).losses(second)).isEqualTo(alone);
        }
    }

    /// Documents of two rows: a word and blanks, then blanks among which the same word stands again, of 30 that are equally likely. Who sees the
    /// second row alone has a loss of ln 30 = 3.4 nats at best.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void whatStandsInTheRowBeforeIsLearned(long seed) {
        double without = lossOfWords(0, seed);
        double with = lossOfWords(8, seed);
        assertThat(without).isGreaterThan(3.2);
        assertThat(with).isLessThan(1);
    }

    private static double lossOfWords(int memory, long seed) {
        int rows = 16;
        int length = 8;
        int words = 30;
        int blank = words;
        SplittableRandom random = new SplittableRandom(seed);
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 32, 16, length, words + 1, "L"), backend, DType.F32, true);
            parameters.initialize(seed);
            Objective objective = new NextToken(new Gpt(parameters), new Tape(backend, DType.F32), rows, length, memory);
            MuonAdamW optimizer = new MuonAdamW(backend, ParameterGroups.of(parameters, OptimizerSettings.DEFAULT));
            double sum = 0;
            int steps = 200;
            int last = 20;
            for (int step = 0; step < steps; step++) {
                int[] beginnings = new int[rows * length];
                int[] endings = new int[rows * length];
                int[] targets = new int[rows * length];
                int[] none = new int[rows * length];
                Arrays.fill(beginnings, blank);
                Arrays.fill(endings, blank);
                Arrays.fill(targets, Batch.IGNORED);
                Arrays.fill(none, Batch.IGNORED);
                for (int row = 0; row < rows; row++) {
                    int word = random.nextInt(words);
                    beginnings[row * length + random.nextInt(length)] = word;
                    int place = random.nextInt(1, length);
                    endings[row * length + place] = word;
                    targets[row * length + place - 1] = word;
                }
                objective.addGradients(new Batch(rows, length, beginnings, none), 2);
                objective.addGradients(new Batch(rows, length, endings, targets), 2);
                double loss = 2 * objective.takeLoss(); // the first micro-batch has no target
                optimizer.step(new ScheduleValues(1, 0.9, 0));
                sum += step >= steps - last ? loss : 0;
            }
            return sum / last;
        }
    }
}
