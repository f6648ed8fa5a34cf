package nanochat.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Segments of a tape. Oracle: the same operations without segments.
class TapeTest {
    private static final int VOCABULARY = 7;
    private static final int WIDTH = 24;
    private static final int DEPTH = 4;

    private final Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32);
    private final RandomValues random = new RandomValues(3);
    private final List<Parameter> weights = Parameter.allocateAll(backend, IntStream.range(0, DEPTH).mapToObj(i -> "w" + i).toList(),
            DType.F32, true, WIDTH, WIDTH);
    private final List<Parameter> tables = Parameter.allocateAll(backend, List.of("embedding", "head"), DType.F32, true, VOCABULARY, WIDTH);
    private final Tensor ids = backend.allocate(DType.I32, 5);
    private final Tensor targets = backend.allocate(DType.I32, 5);

    TapeTest() {
        for (List<Parameter> parameters : List.of(weights, tables)) {
            parameters.forEach(parameter -> backend.write(parameter.value(), random.normal(parameter.value().size(), 0.5)));
        }
        backend.write(ids, random.ids(5, 0, VOCABULARY));
        backend.write(targets, random.ids(5, 0, VOCABULARY));
    }

    @AfterEach
    void close() {
        backend.close();
    }

    /// x + norm(x) w, in memory of its own.
    private Variable layer(Tape tape, Variable x, int i) {
        Variable copy = tape.norm(x, DType.F32);
        return tape.addLinear(tape.convert(copy, DType.F32), tape.norm(x, DType.F32), weights.get(i));
    }

    private interface Middle {
        Variable run(Tape tape, Variable x);
    }

    /// The gradients of everything.
    private List<float[]> gradients(Tape tape, Middle middle) {
        Variable x = middle.run(tape, tape.embedding(tables.getFirst(), ids));
        Tensor losses = backend.allocate(DType.F32, 5);
        Parameter head = tables.getLast();
        Variable last = tape.norm(x, DType.F32);
        tape.crossEntropyWithGradient(losses, last, head, targets, VOCABULARY, new LossWeights.Uniform(1));
        tape.backward();
        List<float[]> gradients = new ArrayList<>(List.of(backend.read(losses)));
        for (List<Parameter> parameters : List.of(weights, tables)) {
            for (Parameter parameter : parameters) {
                gradients.add(backend.read(parameter.gradient()));
                backend.zero(parameter.gradient());
            }
        }
        return gradients;
    }

    private static Variable twoInOne(Tape tape, Variable x, TapeTest test, int first) {
        return tape.segment(() -> test.layer(tape, test.layer(tape, x, first), first + 1));
    }

    @Test
    void segmentsMayHoldAnyNumberOfOperationsAndSegments() {
        Tape tape = new Tape(backend, DType.F32);
        List<float[]> expected = gradients(tape, (t, x) -> layer(t, layer(t, layer(t, layer(t, x, 0), 1), 2), 3));
        List<Middle> others = List.of(
                (t, x) -> twoInOne(t, twoInOne(t, x, this, 0), this, 2),
                (t, x) -> layer(t, twoInOne(t, layer(t, x, 0), this, 1), 3),
                (t, x) -> t.segment(() -> twoInOne(t, twoInOne(t, x, this, 0), this, 2)),
                (t, x) -> t.segment(() -> layer(t, t.segment(() -> layer(t, layer(t, layer(t, x, 0), 1), 2)), 3)));
        for (Middle other : others) {
            List<float[]> actual = gradients(tape, other);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(actual.get(i)).isEqualTo(expected.get(i));
            }
        }
    }

    @Test
    void theMemoryOfASegmentIsThereForTheNextOne() {
        Tape tape = new Tape(backend, DType.F32);
        Variable x = tape.embedding(tables.getFirst(), ids);
        Variable first = tape.segment(() -> layer(tape, x, 0));
        long before = backend.allocatedBytes();
        tape.segment(() -> layer(tape, first, 1));
        long one = 5L * WIDTH * Float.BYTES;
        assertThat(backend.allocatedBytes() - before).as("only its result").isEqualTo(one);
        tape.clear();
    }

    @Test
    void aSegmentMayNotChangeWhatWasMadeOutside() {
        Tape tape = new Tape(backend, DType.F32);
        Variable x = tape.embedding(tables.getFirst(), ids);
        Variable input = tape.norm(x, DType.F32);
        assertThatIllegalStateException().isThrownBy(() -> tape.segment(() -> tape.addLinear(x, input, weights.getFirst())))
                .withMessageContaining("in place").withMessageContaining("f32[5, 24]");
    }

    @Test
    void aSegmentMustMakeItsResult() {
        Tape tape = new Tape(backend, DType.F32);
        Variable x = tape.embedding(tables.getFirst(), ids);
        assertThatIllegalArgumentException().isThrownBy(() -> tape.segment(() -> x)).withMessageContaining("inside");
    }

    @Test
    void theWatcherSeesWhatIsThereWhenThePlaceIsPassed() {
        List<float[]> seen = new ArrayList<>();
        Tape tape = new Tape(backend, DType.F32, (place, values) -> {
            assertThat(place).isEqualTo("here");
            seen.add(backend.read(values));
        });
        Variable x = tape.embedding(tables.getFirst(), ids);
        tape.watch("here", x);
        float[] before = backend.read(x.value());
        tape.addLinear(x, tape.norm(x, DType.F32), weights.getFirst());
        tape.watch("here", x);
        assertThat(seen).hasSize(2);
        assertThat(seen.getFirst()).isEqualTo(before);
        assertThat(seen.getLast()).isEqualTo(backend.read(x.value())).isNotEqualTo(before);
        tape.clear();
    }
}
