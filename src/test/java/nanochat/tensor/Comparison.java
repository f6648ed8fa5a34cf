package nanochat.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Runs operations on the reference and, with the same tensors, on backends under test, and compares what they leave. After every
/// operation *all* tensors are compared: those named as outputs within a tolerance, all others bit by bit, for they must be untouched.
/// An operation starts everywhere from what the one before left on the reference. On a backend under test it runs twice, and must give
/// the same bits both times.
final class Comparison implements AutoCloseable {
    /// The largest error of an F32 output, in parts of the largest value. The norm of all errors may be half as much of the norm.
    private static final double F32_TOLERANCE = 2e-5;
    /// The same where something was rounded to BF16 on the way.
    private static final double BF16_TOLERANCE = 2e-2;

    /// The same tensor on the reference and on each backend under test. Errors count in parts of its largest value, or of `least` if that
    /// is larger: sums may cancel, and their errors do not cancel with them.
    record Twin(String name, Tensor expected, List<Tensor> actual, double least) {}

    /// Which of the twins an operation gets.
    interface Side {
        Tensor of(Twin twin);

        /// A gradient that may be left out: empty where the comparison leaves it out.
        default Optional<Tensor> wanted(Twin gradient) {
            return Optional.of(of(gradient));
        }
    }

    /// One or more calls of a backend.
    interface Operation {
        void run(Backend backend, Side side);
    }

    final RandomValues random;
    private final long seed;
    private final Backend reference = Backends.open(Device.REFERENCE, 1, DType.F32);
    private final List<Backend> backends;
    private final List<Twin> twins = new ArrayList<>();

    /// The backends under test are closed with this.
    Comparison(long seed, List<Backend> backends) {
        this.seed = seed;
        this.random = new RandomValues(seed);
        this.backends = backends;
    }

    /// Random content, as all twins have: outputs too, so that an element not written shows.
    Twin normal(String name, DType dtype, int... shape) {
        return scaled(1, name, dtype, shape);
    }

    Twin scaled(double scale, String name, DType dtype, int... shape) {
        return fill(allocate(name, 0, dtype, shape), scale);
    }

    /// A tensor for sums of `count` numbers of size 1.
    Twin sum(String name, long count, DType dtype, int... shape) {
        return fill(allocate(name, Math.sqrt(count), dtype, shape), 1);
    }

    Twin like(String name, Twin other) {
        return normal(name, other.expected().dtype(), other.expected().shape());
    }

    Twin ids(String name, int size, int least, int limit) {
        return ids(name, random.ids(size, least, limit));
    }

    Twin ids(String name, int[] ids) {
        Twin twin = allocate(name, 0, DType.I32, ids.length);
        reference.write(twin.expected(), ids);
        for (int i = 0; i < backends.size(); i++) {
            backends.get(i).write(twin.actual().get(i), ids);
        }
        return twin;
    }

    private Twin allocate(String name, double least, DType dtype, int... shape) {
        List<Tensor> actual = backends.stream().map(backend -> backend.allocate(dtype, shape)).toList();
        Twin twin = new Twin(name, reference.allocate(dtype, shape), actual, least);
        twins.add(twin);
        return twin;
    }

    private Twin fill(Twin twin, double scale) {
        write(twin, random.normal(twin.expected().size(), scale));
        return twin;
    }

    void write(Twin twin, float[] values) {
        reference.write(twin.expected(), values);
        for (int i = 0; i < backends.size(); i++) {
            backends.get(i).write(twin.actual().get(i), values);
        }
    }

    /// The values on the reference.
    float[] read(Twin twin) {
        return reference.read(twin.expected());
    }

    /// Runs an operation on the reference alone.
    void prepare(Operation operation) {
        operation.run(reference, Twin::expected);
    }

    /// Every output is equal to the reference's, bit by bit.
    void runExactly(Operation operation) {
        run(operation, Set.of(), F32_TOLERANCE);
    }

    /// Outputs in F32 hold the tolerance of F32, those in BF16 that of BF16.
    void run(Operation operation, Twin... outputs) {
        run(operation, Set.of(outputs), F32_TOLERANCE);
    }

    /// Outputs hold a tolerance in parts of the largest value.
    void run(double tolerance, Operation operation, Twin... outputs) {
        run(operation, Set.of(outputs), tolerance);
    }

    /// Outputs hold the tolerance of BF16 if `type` is BF16: for operations that may round to it on the way.
    void run(DType type, Operation operation, Twin... outputs) {
        run(operation, Set.of(outputs), type == DType.BF16 ? BF16_TOLERANCE : F32_TOLERANCE);
    }

    /// Runs an operation on every backend with each choice of these gradients left out. Those that are left out must be untouched, and
    /// everything else must have the bits of the run that leaves out none. Everywhere the content stays what it was.
    void runLeavingOut(Operation operation, Twin... gradients) {
        List<byte[]> before = contents(reference, Twin::expected);
        runLeavingOut(before, operation, reference, Twin::expected, gradients);
        for (int i = 0; i < backends.size(); i++) {
            int index = i;
            runLeavingOut(before, operation, backends.get(i), twin -> twin.actual().get(index), gradients);
        }
    }

    private void runLeavingOut(List<byte[]> before, Operation operation, Backend backend, Side side, Twin... gradients) {
        List<byte[]> whole = runFrom(before, operation, backend, side);
        for (int choice = 1; choice < 1 << gradients.length; choice++) {
            Set<Twin> leftOut = new HashSet<>();
            for (int i = 0; i < gradients.length; i++) {
                if ((choice >> i & 1) == 1) {
                    leftOut.add(gradients[i]);
                }
            }
            List<byte[]> part = runFrom(before, operation, backend, new Side() {
                @Override
                public Tensor of(Twin twin) {
                    return side.of(twin);
                }

                @Override
                public Optional<Tensor> wanted(Twin gradient) {
                    return leftOut.contains(gradient) ? Optional.empty() : Optional.of(of(gradient));
                }
            });
            for (int t = 0; t < twins.size(); t++) {
                Twin twin = twins.get(t);
                String what = twin.name() + " without " + leftOut.stream().map(Twin::name).toList() + " on " + backend.description()
                        + ", seed " + seed;
                assertSame(what, leftOut.contains(twin) ? before.get(t) : whole.get(t), part.get(t));
            }
        }
        runFrom(before, (_, _) -> {}, backend, side);
    }

    private void run(Operation operation, Set<Twin> outputs, double tolerance) {
        List<byte[]> before = contents(reference, Twin::expected);
        operation.run(reference, Twin::expected);
        for (int i = 0; i < backends.size(); i++) {
            Backend backend = backends.get(i);
            int index = i;
            Side side = twin -> twin.actual().get(index);
            List<byte[]> first = runFrom(before, operation, backend, side);
            List<byte[]> second = runFrom(before, operation, backend, side);
            for (int t = 0; t < twins.size(); t++) {
                Twin twin = twins.get(t);
                String what = twin.name() + " " + twin.expected() + " on " + backend.description() + ", seed " + seed;
                assertSame(what + ", run again", first.get(t), second.get(t));
                if (outputs.contains(twin)) {
                    boolean rounded = twin.expected().dtype() == DType.BF16;
                    assertClose(what, read(twin), backend.read(side.of(twin)), twin.least(), rounded ? BF16_TOLERANCE : tolerance);
                } else {
                    assertSame(what, bytes(reference, twin.expected()), first.get(t));
                }
            }
        }
    }

    /// The contents of all tensors after the operation.
    private List<byte[]> runFrom(List<byte[]> contents, Operation operation, Backend backend, Side side) {
        for (int t = 0; t < twins.size(); t++) {
            copyIn(backend, side.of(twins.get(t)), contents.get(t));
        }
        operation.run(backend, side);
        return contents(backend, side);
    }

    private static void assertSame(String what, byte[] expected, byte[] actual) {
        assertThat(Arrays.mismatch(expected, actual)).as("%s: the first byte of %d that differs", what, expected.length).isEqualTo(-1);
    }

    private static void assertClose(String what, float[] expected, float[] actual, double least, double tolerance) {
        double largest = least;
        double norm = least * least * expected.length;
        double errors = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            norm += (double) expected[i] * expected[i];
            errors += Math.pow((double) actual[i] - expected[i], 2);
        }
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("%s: element %d of %d, the largest is %s", what, i, expected.length, largest)
                    .isCloseTo(expected[i], within((float) (tolerance * largest)));
        }
        assertThat(Math.sqrt(errors)).as("%s: the norm of the errors", what).isLessThanOrEqualTo(tolerance / 2 * Math.sqrt(norm));
    }

    private List<byte[]> contents(Backend backend, Side side) {
        return twins.stream().map(twin -> bytes(backend, side.of(twin))).toList();
    }

    private static byte[] bytes(Backend backend, Tensor tensor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(tensor.bytes(), Long.BYTES);
            backend.copyOut(tensor, bytes);
            return bytes.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static void copyIn(Backend backend, Tensor tensor, byte[] content) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(tensor.bytes(), Long.BYTES);
            bytes.copyFrom(MemorySegment.ofArray(content));
            backend.copyIn(tensor, bytes);
            backend.finish();
        }
    }

    @Override
    public void close() {
        reference.close();
        backends.forEach(Backend::close);
    }
}
