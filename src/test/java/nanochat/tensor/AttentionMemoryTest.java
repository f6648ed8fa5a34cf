package nanochat.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import nanochat.tensor.reference.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A memory on the tape. The oracle is causal attention over memory and tokens as one row, of which only the tokens predict anything.
class AttentionMemoryTest {
    private static final int BATCH = 2;
    private static final int WIDTH = 6;
    private static final int VOCABULARY = 14;
    private static final int WINDOW = 5;
    private static final int[] MEMORY = {0, 1, 2, 3, 4, 5};
    private static final int[] TOKENS = {6, 7, 8, 9, 10, 11, 12, 13};
    private static final int[] ROWS = {0, 1, 2, 6, 7, 8, 9, 3, 4, 5, 10, 11, 12, 13};
    private static final int[] TARGETS_OF_ROWS = {-1, -1, -1, 1, 2, 3, 4, -1, -1, -1, 5, 6, 7, 8};
    private static final int[] TARGETS = {1, 2, 3, 4, 5, 6, 7, 8};

    private final Backend backend = new ReferenceBackend();
    private final Tape tape = new Tape(backend, DType.F32);
    private final RandomValues random = new RandomValues(1);
    private final Parameter table = parameter("table", VOCABULARY);
    private final Parameter queries = parameter("queries", WIDTH);
    private final Parameter keys = parameter("keys", WIDTH);
    private final Parameter values = parameter("values", WIDTH);
    private final Parameter lmHead = parameter("lm_head", VOCABULARY);

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void aLearnedMemoryGetsTheGradientsOfEarlierTokens() {
        float[] expected = tableGradientOfRows();
        Variable memory = tape.embedding(table, ids(MEMORY));
        Variable x = tape.embedding(table, ids(TOKENS));
        Variable k = tape.afterMemory(tape.linear(memory, keys), tape.linear(x, keys), BATCH);
        Variable v = tape.afterMemory(tape.linear(memory, values), tape.linear(x, values), BATCH);
        assertClose(tableGradient(x, k, v, new Visibility.AfterMemory(3, true, WINDOW), TARGETS), expected);
    }

    @Test
    void aMemoryThatIsNotLearnedGetsNone() {
        float[] expected = tableGradientOfRows();
        assertThat(Arrays.copyOf(expected, MEMORY.length * WIDTH)).doesNotContain(0f);
        Arrays.fill(expected, 0, MEMORY.length * WIDTH, 0f);
        Tensor memoryKeys = projected(keys);
        Tensor memoryValues = projected(values);
        Variable x = tape.embedding(table, ids(TOKENS));
        Variable k = tape.afterMemory(memoryKeys, tape.linear(x, keys), BATCH);
        Variable v = tape.afterMemory(memoryValues, tape.linear(x, values), BATCH);
        assertClose(tableGradient(x, k, v, new Visibility.AfterMemory(3, false, WINDOW), TARGETS), expected);
    }

    private float[] tableGradientOfRows() {
        Variable x = tape.embedding(table, ids(ROWS));
        return tableGradient(x, tape.linear(x, keys), tape.linear(x, values), new Visibility.Causal(WINDOW), TARGETS_OF_ROWS);
    }

    private float[] tableGradient(Variable x, Variable k, Variable v, Visibility visibility, int[] targets) {
        AttentionShape shape = new AttentionShape(BATCH, targets.length / BATCH, 2, 2, WIDTH / 2, visibility);
        Variable out = tape.attention(tape.linear(x, queries), k, v, shape);
        backend.zero(table.gradient());
        tape.crossEntropyWithGradient(backend.allocate(DType.F32, targets.length), out, lmHead, ids(targets), VOCABULARY,
                new LossWeights.Uniform(1));
        tape.backward();
        return backend.read(table.gradient());
    }

    /// The memory's keys or values, computed beforehand and kept.
    private Tensor projected(Parameter weight) {
        Variable projected = tape.linear(tape.embedding(table, ids(MEMORY)), weight);
        Tensor kept = backend.allocate(DType.F32, projected.value().shape());
        backend.convert(kept, projected.value());
        tape.clear();
        return kept;
    }

    private Parameter parameter(String name, int rows) {
        Parameter parameter = Parameter.allocateAll(backend, List.of(name), DType.F32, true, rows, WIDTH).getFirst();
        backend.write(parameter.value(), random.normal(parameter.value().size(), 1));
        return parameter;
    }

    private Tensor ids(int... ids) {
        Tensor tensor = backend.allocate(DType.I32, ids.length);
        backend.write(tensor, ids);
        return tensor;
    }

    private static void assertClose(float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("element %d", i).isCloseTo(expected[i], within(1e-5f));
        }
    }
}
