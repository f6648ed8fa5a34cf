package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import nanochat.data.Batch;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig.Generation;
import nanochat.objective.NextToken;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Updates of low rank. Oracle: the same model with W + B A, summed here, in place of W. Its logits are those of the updated model, and with G the gradient
/// of a merged matrix the factors' are B^T G and G A^T. Central differences beside it.
class LowRankTest {
    private static final int ROWS = 2;
    private static final int LENGTH = 20;
    private static final int VOCABULARY = 70;
    private static final List<BlockMatrix> ALL = List.of(BlockMatrix.values());

    /// A model with every matrix of its blocks updated, on a backend of its own.
    private static final class Updated implements AutoCloseable {
        final Backend backend;
        final GptParameters parameters;
        final AdapterParameters adapter;
        final NextToken objective;
        final Gpt gpt;

        Updated(Device device, DType type, int threads, Generation generation, Tuning tuning, boolean recompute) {
            backend = Backends.open(device, threads, type);
            GptConfig config = SmallRun.config(generation);
            parameters = new GptParameters(config, backend, type, false);
            adapter = new AdapterParameters(tuning, config, backend, type, true);
            Random random = new Random(3);
            parameters.all().forEach(parameter -> fill(parameter, random));
            adapter.all().forEach(parameter -> fill(parameter, random));
            parameters.refresh();
            adapter.refresh();
            gpt = new Gpt(parameters, Optional.of(adapter), LENGTH, recompute);
            objective = new NextToken(gpt, new Tape(backend, type), ROWS, LENGTH);
        }

        private void fill(Parameter parameter, Random random) {
            double size = parameter.value().rows() == 1 ? 0.5 : 1 / Math.sqrt(parameter.value().columns());
            float[] values = new float[Math.toIntExact(parameter.value().size())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() * size);
            }
            backend.write(parameter.value(), values);
        }

        double addGradients() {
            objective.addGradients(batch(), 1);
            return objective.takeLoss();
        }

        Map<String, float[]> gradients() {
            Map<String, float[]> gradients = new TreeMap<>();
            adapter.all().forEach(parameter -> gradients.put(parameter.name(), backend.read(parameter.gradient())));
            return gradients;
        }

        /// The same model with its updates in its matrices, all of which are trained.
        GptParameters merged(Backend other) {
            GptParameters merged = new GptParameters(parameters.config(), other, DType.F32, true);
            for (Parameter parameter : parameters.all()) {
                float[] values = backend.read(parameter.value());
                adapter.update(parameter).ifPresent(update -> addProduct(values, backend.read(update.b().value()), backend.read(update.a()
                        .value()), update.a().value().rows(), update.a().value().columns()));
                other.write(merged.named(parameter.name()).value(), values);
            }
            merged.refresh();
            return merged;
        }

        @Override
        public void close() {
            backend.close();
        }
    }

    private static void addProduct(float[] sum, float[] b, float[] a, int rank, int columns) {
        for (int row = 0; row < sum.length / columns; row++) {
            for (int column = 0; column < columns; column++) {
                double product = 0;
                for (int k = 0; k < rank; k++) {
                    product += (double) b[row * rank + k] * a[k * columns + column];
                }
                sum[row * columns + column] += (float) product;
            }
        }
    }

    private static Batch batch() {
        Random random = new Random(11);
        return new Batch(ROWS, LENGTH, random.ints(ROWS * LENGTH, 0, VOCABULARY).toArray(), random.ints(ROWS * LENGTH, -1, VOCABULARY)
                .toArray());
    }

    private static float[] logits(Gpt gpt, Backend backend) {
        Tensor ids = backend.allocate(DType.I32, ROWS * LENGTH);
        backend.write(ids, batch().inputs());
        Tensor logits = backend.allocate(DType.F32, ROWS * LENGTH, VOCABULARY);
        gpt.logits(new Tape(backend, DType.F32), logits, ids, ROWS, LENGTH);
        return backend.read(logits);
    }

    @ParameterizedTest
    @EnumSource(Generation.class)
    void mergedAndBesideTheModelTheLogitsAreTheSame(Generation generation) {
        for (Device device : List.of(Device.CPU, Device.REFERENCE)) {
            try (Updated updated = new Updated(device, DType.F32, 1, generation, new Tuning.LowRank(3, 3, ALL), false);
                    Backend other = Backends.open(device, 1, DType.F32)) {
                float[] merged = logits(new Gpt(updated.merged(other)), other);
                float[] beside = logits(updated.gpt, updated.backend);
                for (int i = 0; i < merged.length; i++) {
                    assertThat(beside[i]).isCloseTo(merged[i], within(1e-5f * Math.max(1, Math.abs(merged[i]))));
                }
                assertThat(beside).as("the updates change something").isNotEqualTo(logits(new Gpt(updated.parameters), updated.backend));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Generation.class)
    void gradientsAreThoseOfTheMergedMatricesByTheChainRule(Generation generation) {
        try (Updated updated = new Updated(Device.CPU, DType.F32, 2, generation, new Tuning.LowRank(5, 5, ALL), false);
                Backend other = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            GptParameters merged = updated.merged(other);
            NextToken objective = new NextToken(new Gpt(merged), new Tape(other, DType.F32), ROWS, LENGTH);
            objective.addGradients(batch(), 1);
            assertThat(updated.addGradients()).isCloseTo(objective.takeLoss(), within(1e-5));
            int compared = 0;
            for (Parameter matrix : merged.all()) {
                if (updated.adapter.update(matrix).isPresent()) {
                    AdapterParameters.Update update = updated.adapter.update(matrix).get();
                    float[] g = other.read(matrix.gradient());
                    float[] a = updated.backend.read(update.a().value());
                    float[] b = updated.backend.read(update.b().value());
                    int rank = 5;
                    int columns = matrix.value().columns();
                    int rows = matrix.value().rows();
                    double[] ofA = new double[rank * columns];
                    double[] ofB = new double[rows * rank];
                    for (int row = 0; row < rows; row++) {
                        for (int k = 0; k < rank; k++) {
                            for (int column = 0; column < columns; column++) {
                                ofA[k * columns + column] += (double) b[row * rank + k] * g[row * columns + column];
                                ofB[row * rank + k] += (double) a[k * columns + column] * g[row * columns + column];
                            }
                        }
                    }
                    assertClose(updated.backend.read(update.a().gradient()), ofA, update.a().name());
                    assertClose(updated.backend.read(update.b().gradient()), ofB, update.b().name());
                    compared++;
                }
            }
            assertThat(compared).isEqualTo(6 * SmallRun.LAYERS);
        }
    }

    private static void assertClose(float[] actual, double[] expected, String name) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).as(name).isCloseTo(expected[i], within(1e-4 * largest + 1e-9));
        }
    }

    @Test
    void gradientsAgreeWithCentralDifferences() {
        try (Updated updated = new Updated(Device.REFERENCE, DType.F32, 1, Generation.G2026_07, new Tuning.LowRank(2, 2, ALL), false)) {
            updated.addGradients();
            double step = 2e-3;
            for (Parameter parameter : updated.adapter.all()) {
                float[] values = updated.backend.read(parameter.value());
                float[] gradient = updated.backend.read(parameter.gradient());
                double norm = Math.sqrt(squares(gradient));
                double along = (loss(updated, parameter, values, gradient, step / norm) - loss(updated, parameter, values, gradient, -step
                        / norm)) / (2 * step);
                assertThat(along).as(parameter.name()).isCloseTo(norm, within(2e-2 * norm + 2e-4));
            }
        }
    }

    private static double squares(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return sum;
    }

    private static double loss(Updated updated, Parameter parameter, float[] values, float[] direction, double step) {
        float[] moved = values.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += (float) (step * direction[i]);
        }
        updated.backend.write(parameter.value(), moved);
        float[] losses = updated.objective.losses(batch());
        updated.backend.write(parameter.value(), values);
        double sum = 0;
        for (float loss : losses) {
            sum += loss;
        }
        return sum / batch().validTargets();
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "BF16"})
    void recomputingAndMoreThreadsChangeNoBit(DType type) {
        Tuning tuning = new Tuning.LowRank(3, 6, ALL);
        try (Updated one = new Updated(Device.CPU, type, 1, Generation.G2026_07, tuning, false);
                Updated again = new Updated(Device.CPU, type, 2, Generation.G2026_07, tuning, true)) {
            for (int i = 0; i < 2; i++) { // added up, and on memory that was used before
                assertThat(again.addGradients()).isEqualTo(one.addGradients());
            }
            Map<String, float[]> actual = again.gradients();
            one.gradients().forEach((name, gradient) -> assertThat(actual.get(name)).as(name).isEqualTo(gradient));
        }
    }

    @Test
    void anUpdateThatBeginsChangesNothingYet() {
        try (Updated updated = new Updated(Device.CPU, DType.F32, 1, Generation.G2026_07, new Tuning.LowRank(4, 16, ALL), false)) {
            updated.adapter.initialize(1);
            assertThat(logits(updated.gpt, updated.backend)).isEqualTo(logits(new Gpt(updated.parameters), updated.backend));
            updated.addGradients();
            Map<String, float[]> gradients = updated.gradients();
            updated.adapter.secondFactors().forEach(b -> assertThat(squares(gradients.get(b.name()))).as(b.name()).isPositive());
            updated.adapter.firstFactors().forEach(a -> assertThat(squares(gradients.get(a.name()))).as(a.name()).isZero());
        }
    }

    @Test
    void onlyTheChosenMatricesHaveOne() {
        GptConfig config = SmallRun.config(Generation.G2026_07);
        Tuning tuning = new Tuning.LowRank(2, 2, List.of(BlockMatrix.MLP_PROJ, BlockMatrix.C_Q, BlockMatrix.C_Q));
        List<String> names = tuning.layout(config).stream().map(ParameterLayout.Entry::name).toList();
        assertThat(names).hasSize(4 * SmallRun.LAYERS).startsWith("transformer.h.0.attn.c_q.lora_A.weight",
                "transformer.h.0.attn.c_q.lora_B.weight", "transformer.h.0.mlp.c_proj.lora_A.weight");
        assertThat(tuning.parameters(config)).isEqualTo(SmallRun.LAYERS * 2L * (32 + 32 + 128 + 32));
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 32, 1000})
    void aRankAboveTheMatrixIsRefused(int rank) { // c_v is 16 x 32
        Tuning tuning = new Tuning.LowRank(rank, 2, List.of(BlockMatrix.C_V));
        assertThatThrownBy(() -> tuning.layout(SmallRun.config(Generation.G2026_07))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("rank " + rank).hasMessageContaining("c_v is a matrix of 16 x 32").hasMessageContaining(
                        "at most rank 16");
    }

    @Test
    void noRankNoAlphaAndNoMatrixAreRefused() {
        assertThatThrownBy(() -> new Tuning.LowRank(0, 2, ALL)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "rank must be at least 1, is 0");
        assertThatThrownBy(() -> new Tuning.LowRank(1, 0, ALL)).isInstanceOf(BadInputException.class).hasMessageContaining("lora_alpha");
        assertThatThrownBy(() -> new Tuning.LowRank(1, Double.NaN, ALL)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "lora_alpha");
        assertThatThrownBy(() -> new Tuning.LowRank(1, 1, List.of())).isInstanceOf(BadInputException.class).hasMessageContaining(
                "lora_matrices");
    }
}
