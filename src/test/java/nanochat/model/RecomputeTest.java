package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import nanochat.model.GptConfig.Generation;
import nanochat.optim.MuonAdamW;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ParameterGroups;
import nanochat.optim.ScheduleValues;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.CountedCalls;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Blocks that are computed again in the backward pass. Oracle: the same training with all activations kept, bit for bit.
class RecomputeTest {
    record Trial(Generation generation, Device device, DType type, int threads) {}

    static Stream<Trial> trials() {
        return Stream.of(Generation.values()).flatMap(generation -> Stream.of(new Trial(generation, Device.REFERENCE, DType.F32, 1),
                new Trial(generation, Device.CPU, DType.F32, 1), new Trial(generation, Device.CPU, DType.F32, 3),
                new Trial(generation, Device.CPU, DType.BF16, 2)));
    }

    private static Backend open(Trial trial) {
        return Backends.open(trial.device, trial.threads, trial.type);
    }

    private static SmallRun run(Trial trial, Backend backend, Predicate<String> trained, boolean recompute) {
        return new SmallRun(trial.generation, backend, trial.type, trained, recompute);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void lossesGradientsAndWeightsAreTheSame(Trial trial) {
        try (Backend keeping = open(trial); Backend recomputing = open(trial)) {
            SmallRun expected = run(trial, keeping, _ -> true, false);
            SmallRun actual = run(trial, recomputing, _ -> true, true);
            MuonAdamW expectedOptimizer = optimizer(expected, keeping);
            MuonAdamW actualOptimizer = optimizer(actual, recomputing);
            for (int step = 0; step < 3; step++) {
                for (int batch = 0; batch < 2; batch++) {
                    assertThat(actual.addGradients(2 * step + batch)).isEqualTo(expected.addGradients(2 * step + batch));
                }
                assertSame(actual.gradients(), expected.gradients());
                expectedOptimizer.step(new ScheduleValues(1, 0.9, 1));
                actualOptimizer.step(new ScheduleValues(1, 0.9, 1));
            }
            for (Parameter parameter : expected.parameters().all()) {
                assertThat(recomputing.read(actual.parameters().named(parameter.name()).value())).as(parameter.name())
                        .isEqualTo(keeping.read(parameter.value()));
            }
        }
    }

    private static MuonAdamW optimizer(SmallRun run, Backend backend) {
        return new MuonAdamW(backend, ParameterGroups.of(run.parameters(), OptimizerSettings.DEFAULT));
    }

    private static void assertSame(Map<String, float[]> actual, Map<String, float[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, gradient) -> assertThat(actual.get(name)).as(name).isEqualTo(gradient));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void frozenParametersGoTogetherWithIt(Trial trial) {
        Predicate<String> trained = name -> name.matches("transformer\\.h\\.[12]\\.attn.*|x0_lambdas");
        try (Backend keeping = open(trial); Backend recomputing = open(trial)) {
            SmallRun expected = run(trial, keeping, trained, false);
            SmallRun actual = run(trial, recomputing, trained, true);
            assertThat(actual.addGradients(0)).isEqualTo(expected.addGradients(0));
            assertSame(actual.gradients(), expected.gradients());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    void logitsAreTheSame(Trial trial) {
        try (Backend backend = open(trial)) {
            SmallRun run = run(trial, backend, _ -> false, false);
            Tensor ids = backend.allocate(DType.I32, 5);
            backend.write(ids, new int[]{3, 1, 4, 1, 5});
            Tensor expected = backend.allocate(DType.F32, 5, 70);
            Tensor actual = backend.allocate(DType.F32, 5, 70);
            new Gpt(run.parameters(), 5, false).logits(new Tape(backend, trial.type), expected, ids, 1, 5);
            new Gpt(run.parameters(), 5, true).logits(new Tape(backend, trial.type), actual, ids, 1, 5);
            assertThat(backend.read(actual)).isEqualTo(backend.read(expected));
        }
    }

    private static CountedCalls calls(Predicate<String> trained, boolean recompute) {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            CountedCalls counted = new CountedCalls(backend);
            SmallRun run = new SmallRun(Generation.G2026_07, counted.backend(), DType.F32, trained, recompute);
            counted.reset();
            run.addGradients(0);
            return counted;
        }
    }

    /// Of six matrices of a block, the one that only the next block needs is not multiplied again.
    @Test
    void aBlockIsComputedTwiceButForItsLastProduct() {
        int layers = SmallRun.LAYERS;
        assertThat(calls(_ -> true, false).of("linear")).isEqualTo(6 * layers);
        CountedCalls recomputed = calls(_ -> true, true);
        assertThat(recomputed.of("linear")).isEqualTo(11 * layers);
        assertThat(recomputed.of("attention")).isEqualTo(2 * layers);
        assertThat(recomputed.of("attentionBackward")).isEqualTo(layers);
    }

    @Test
    void whatNeedsNoGradientIsNotComputedAgain() {
        assertThat(calls(name -> name.equals("lm_head.weight"), true).of("attention")).isEqualTo(SmallRun.LAYERS);
        assertThat(calls(name -> name.startsWith("transformer.h.3."), true).of("attention")).isEqualTo(SmallRun.LAYERS + 1);
    }

    private static long activationBytes(int layers, boolean recompute) {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            GptConfig config = new GptConfig(8, 30, layers, 2, 2, 32, "L", Generation.G2026_07);
            GptParameters parameters = new GptParameters(config, backend, DType.F32, true);
            Gpt gpt = new Gpt(parameters, 8, recompute);
            Tensor ids = backend.allocate(DType.I32, 8);
            Tensor logits = backend.allocate(DType.F32, 8, 30);
            long before = backend.allocatedBytes();
            gpt.logits(new Tape(backend, DType.F32), logits, ids, 1, 8);
            return backend.allocatedBytes() - before;
        }
    }

    /// A layer more costs its input: one of the 16 widths a token that its activations take in F32 (stream, two norms, q, k, v, heads,
    /// twice 4 in the mlp), and what little its norms keep.
    @Test
    void aLayerMoreCostsItsInputInsteadOfItsActivations() {
        long width = 8 * 32 * Float.BYTES;
        assertThat(activationBytes(6, true) - activationBytes(5, true)).isEqualTo(width);
        assertThat(activationBytes(6, false) - activationBytes(5, false)).isBetween(15 * width, 16 * width);
    }
}
