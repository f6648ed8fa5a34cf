package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.model.GptConfig.Generation;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The whole model, forward and backward. Oracles: the recorded cases (the self-test compares more of them); for shapes that were not
/// recorded, the reference backend.
class GptTest {
    /// A model with its tape, and one micro-batch.
    private static final class Run implements AutoCloseable {
        final Backend backend;
        final GptParameters parameters;
        final Gpt gpt;
        final Tape tape;
        final Tensor ids;
        final Tensor targets;
        final Tensor losses;
        final int batch;
        final int length;

        Run(Backend backend, GptConfig config, DType type, int batch, int length, long seed) {
            this.backend = backend;
            this.batch = batch;
            this.length = length;
            parameters = new GptParameters(config, backend, type, true);
            gpt = new Gpt(parameters);
            tape = new Tape(backend, type);
            ids = backend.allocate(DType.I32, batch * length);
            targets = backend.allocate(DType.I32, batch * length);
            losses = backend.allocate(DType.F32, batch * length);
            Random random = new Random(seed);
            for (Parameter parameter : parameters.all()) {
                backend.write(parameter.value(), values(parameter, random));
            }
            parameters.refresh();
            backend.write(ids, random.ints(batch * length, 0, config.vocabularySize()).toArray());
            int[] wanted = random.ints(batch * length, -1, config.vocabularySize()).toArray();
            wanted[0] = 0;
            backend.write(targets, wanted);
        }

        /// Nothing is zero, so that nothing drops out: matrices as large as their width asks for, gates and lambdas of size 1.
        private static float[] values(Parameter parameter, Random random) {
            double size = parameter.value().rows() == 1 ? 0.5 : 1 / Math.sqrt(parameter.value().columns());
            float[] values = new float[Math.toIntExact(parameter.value().size())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() * size + (parameter.name().equals("resid_lambdas") ? 1 : 0));
            }
            return values;
        }

        Run step() {
            Variable x = gpt.hidden(tape, ids, batch, length);
            tape.crossEntropyWithGradient(losses, x, parameters.lmHead(), targets, gpt.config().vocabularySize(),
                    new LossWeights.Uniform(1f / (batch * length)));
            tape.backward();
            return this;
        }

        void evaluate() {
            Variable x = gpt.hidden(tape, ids, batch, length);
            backend.crossEntropy(losses, x.value(), parameters.lmHead().compute(), targets, gpt.config().vocabularySize());
            tape.clear();
        }

        List<float[]> gradients() {
            return parameters.all().stream().map(parameter -> backend.read(parameter.gradient())).toList();
        }

        @Override
        public void close() {
            backend.close();
        }
    }

    /// @param generation of the architecture
    record Shape(int layers, int heads, int kvHeads, int headSize, int vocabularySize, int batch, int length, String windows,
            Generation generation) {
        static Shape random(long seed) {
            Random random = new Random(seed);
            int headSize = 2 * random.nextInt(1, 17);
            int kvHeads = random.nextInt(1, 3);
            int heads = kvHeads * random.nextInt(1, 3);
            while (heads * headSize < 24) {
                heads += kvHeads;
            }
            String windows = List.of("L", "S", "SSSL", "LS").get(random.nextInt(4));
            Generation generation = random.nextInt(4) == 0 ? Generation.G2025_11 : Generation.G2026_07;
            return new Shape(random.nextInt(1, 6), heads, kvHeads, headSize, random.nextInt(2, 150), random.nextInt(1, 4),
                    random.nextInt(1, 24) * random.nextInt(1, 5), windows, generation);
        }

        GptConfig config() {
            return new GptConfig(length, vocabularySize, layers, heads, kvHeads, heads * headSize, windows, generation);
        }

        Run on(Backend backend, DType type) {
            return new Run(backend, config(), type, batch, length, 7);
        }
    }

    static Stream<Shape> randomShapes() {
        return IntStream.range(0, 8).mapToObj(Shape::random);
    }

    private static final Shape SMALL = new Shape(3, 4, 2, 8, 70, 2, 33, "SL", Generation.G2026_07);

    // ---- recorded cases ----

    static Stream<ReferenceCase> recorded() {
        return Stream.of(ReferenceCase.tiny(), ReferenceCase.odd(), ReferenceCase.older());
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void logitsAndLossesAreTheRecordedOnes(ReferenceCase reference) {
        for (Backend backend : List.of(Backends.open(Device.REFERENCE, 1, DType.F32), Backends.open(Device.CPU, 1, DType.F32), Backends
                .open(Device.CPU, 2, DType.F32))) {
            int[] shape = reference.shape("logits");
            try (Run run = new Run(backend, reference.config(), DType.F32, shape[0], shape[1], 0)) {
                for (Parameter parameter : run.parameters.all()) {
                    backend.write(parameter.value(), reference.floats("param." + parameter.name()));
                }
                backend.write(run.ids, reference.ints("step0.inputs"));
                backend.write(run.targets, reference.ints("step0.targets"));
                Tensor logits = backend.allocate(DType.F32, shape[0] * shape[1], shape[2]);
                run.gpt.logits(run.tape, logits, run.ids, shape[0], shape[1]);
                assertClose("logits on " + backend.description(), backend.read(logits), reference.floats("logits"), 1e-5);
                run.evaluate();
                assertClose("losses on " + backend.description(), backend.read(run.losses), reference.floats("loss_none"), 1e-5);
            }
        }
    }

    private static void assertClose(String what, float[] actual, float[] expected, double tolerance) {
        double largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).as("%s: element %d of %d", what, i, expected.length)
                    .isCloseTo(expected[i], within(tolerance * largest));
        }
    }

    // ---- shapes that were not recorded ----

    @ParameterizedTest
    @MethodSource("randomShapes")
    void gradientsOfAnyShapeAreThoseOfTheReference(Shape shape) {
        try (Run expected = shape.on(Backends.open(Device.REFERENCE, 1, DType.F32), DType.F32).step();
                Run f32 = shape.on(Backends.open(Device.CPU, 2, DType.F32), DType.F32).step();
                Run bf16 = shape.on(Backends.open(Device.CPU, 2, DType.BF16), DType.BF16).step()) {
            float[] losses = expected.backend.read(expected.losses);
            assertClose("losses", f32.backend.read(f32.losses), losses, 1e-5);
            assertClose("losses in bf16", bf16.backend.read(bf16.losses), losses, 0.1);
            List<float[]> gradients = expected.gradients();
            double largest = gradients.stream().mapToDouble(GptTest::norm).max().orElseThrow();
            for (int i = 0; i < gradients.size(); i++) {
                float[] gradient = gradients.get(i);
                String what = shape + ": gradient of " + expected.parameters.all().get(i);
                // what is far smaller than the other gradients is a sum of terms that cancel
                double size = Math.max(norm(gradient), largest / 30);
                assertThat(distance(f32.gradients().get(i), gradient) / size).as(what).isLessThan(1e-5);
                assertThat(distance(bf16.gradients().get(i), gradient) / size).as("%s in bf16", what).isLessThan(0.1);
            }
        }
    }

    private static double norm(float[] values) {
        return distance(values, new float[values.length]);
    }

    private static double distance(float[] a, float[] b) {
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            squares += Math.pow((double) a[i] - b[i], 2);
        }
        return Math.sqrt(squares);
    }

    // ---- what holds whatever the numbers are ----

    @Test
    void theNumberOfThreadsChangesNoBit() {
        for (DType type : List.of(DType.F32, DType.BF16)) {
            try (Run one = SMALL.on(Backends.open(Device.CPU, 1, type), type).step()) {
                for (int threads : new int[]{2, 3}) {
                    try (Run more = SMALL.on(Backends.open(Device.CPU, threads, type), type).step()) {
                        assertThat(more.backend.read(more.losses)).isEqualTo(one.backend.read(one.losses));
                        assertThat(more.gradients()).usingRecursiveComparison().isEqualTo(one.gradients());
                    }
                }
            }
        }
    }

    /// On one thread: with more, the scratch memory of each grows with the largest piece of work that it happens to get.
    @Test
    void theSecondMicroBatchAllocatesNothingAndAddsItsGradients() {
        for (DType type : List.of(DType.F32, DType.BF16)) {
            try (Run run = SMALL.on(Backends.open(Device.CPU, 1, type), type).step()) {
                List<float[]> once = run.gradients();
                long allocated = run.backend.allocatedBytes();
                run.step();
                assertThat(run.backend.allocatedBytes()).isEqualTo(allocated);
                List<float[]> twice = run.gradients();
                for (int i = 0; i < once.size(); i++) {
                    float[] doubled = once.get(i).clone();
                    for (int k = 0; k < doubled.length; k++) {
                        doubled[k] *= 2;
                    }
                    assertClose(run.parameters.all().get(i).name(), twice.get(i), doubled, 1e-5);
                }
            }
        }
    }

    @Test
    void anEvaluationBetweenStepsLeavesTheGradientsAlone() {
        try (Run run = SMALL.on(Backends.open(Device.CPU, 1, DType.F32), DType.F32).step()) {
            List<float[]> before = run.gradients();
            float[] losses = run.backend.read(run.losses);
            run.evaluate();
            assertThat(run.backend.read(run.losses)).isEqualTo(losses);
            assertThat(run.gradients()).usingRecursiveComparison().isEqualTo(before);
        }
    }

    @Test
    void whatComesLaterChangesNothingBefore() {
        for (Generation generation : Generation.values()) {
            Shape shape = new Shape(3, 2, 1, 12, 40, 1, 20, "SL", generation);
            try (Run run = shape.on(Backends.open(Device.REFERENCE, 1, DType.F32), DType.F32)) {
                Tensor logits = run.backend.allocate(DType.F32, 20, 40);
                int[] row = IntStream.range(0, 20).toArray();
                List<float[]> both = new ArrayList<>();
                for (int last : new int[]{19, 3}) {
                    row[19] = last;
                    run.backend.write(run.ids, row);
                    run.gpt.logits(run.tape, logits, run.ids, 1, 20);
                    both.add(run.backend.read(logits));
                }
                assertThat(both.getFirst()).startsWith(Arrays.copyOf(both.getLast(), 19 * 40)).isNotEqualTo(both.getLast());
            }
        }
    }

    @Test
    void rowsMayBeShorterThanTheModelsButNotLonger() {
        Shape shape = new Shape(2, 2, 2, 12, 40, 1, 16, "L", Generation.G2026_07);
        try (Run run = shape.on(Backends.open(Device.REFERENCE, 1, DType.F32), DType.F32)) {
            Tensor whole = run.backend.allocate(DType.F32, 16, 40);
            Tensor part = run.backend.allocate(DType.F32, 5, 40);
            int[] row = IntStream.range(0, 16).toArray();
            Tensor five = run.backend.allocate(DType.I32, 5);
            run.backend.write(run.ids, row);
            run.backend.write(five, Arrays.copyOf(row, 5));
            run.gpt.logits(run.tape, whole, run.ids, 1, 16);
            run.gpt.logits(run.tape, part, five, 1, 5);
            assertThat(run.backend.read(whole)).startsWith(run.backend.read(part));

            Tensor longer = run.backend.allocate(DType.I32, 17);
            Tensor logits = run.backend.allocate(DType.F32, 17, 40);
            assertThatIllegalArgumentException().isThrownBy(() -> run.gpt.logits(run.tape, logits, longer, 1, 17))
                    .withMessageContaining("17").withMessageContaining("16");
            Gpt allowsMore = new Gpt(run.parameters, 17);
            allowsMore.logits(run.tape, logits, longer, 1, 17);
            assertThat(run.backend.read(logits)).doesNotContain(Float.NaN);
        }
    }
}
