package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import nanochat.model.GptConfig.Generation;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.CountedCalls;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Training some of the parameters. Oracle: the gradients of training all of them, bit for bit; and for what runs, counting by hand.
class FrozenParametersTest {
    /// @param trained a pattern of names, or a seed to draw them by
    record Choice(Generation generation, DType type, String trained) {
        Predicate<String> predicate() {
            if (trained.startsWith("seed ")) {
                long seed = Long.parseLong(trained.substring(5));
                return name -> new Random(seed * 31 + name.hashCode()).nextInt(4) == 0;
            }
            return Pattern.compile(trained).asMatchPredicate();
        }
    }

    static Stream<Choice> choices() {
        List<String> trained = List.of("lm_head.*", "transformer.wte.*", "transformer.h.3.*", "transformer.h.1.*c_v.*", "value_embeds.*",
                ".*ve_gate.*", ".*lambda.*", "smear_gate.*", "x0_lambdas", "nothing", "seed 1", "seed 2", "seed 3", "seed 4");
        return Stream.of(Generation.values()).flatMap(generation -> Stream.of(DType.F32, DType.BF16)
                .flatMap(type -> trained.stream().map(pattern -> new Choice(generation, type, pattern))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("choices")
    void whatIsTrainedGetsTheSameGradientsAndNothingElseGetsAny(Choice choice) {
        try (Backend all = Backends.open(Device.CPU, 1, choice.type); Backend some = Backends.open(Device.CPU, 1, choice.type)) {
            SmallRun expected = new SmallRun(choice.generation, all, choice.type, _ -> true);
            SmallRun actual = new SmallRun(choice.generation, some, choice.type, choice.predicate());
            for (long seed = 0; seed < 2; seed++) { // added up, and on memory that was used before
                assertThat(actual.addGradients(seed)).isEqualTo(expected.addGradients(seed));
            }
            Map<String, float[]> gradients = expected.gradients();
            gradients.keySet().removeIf(choice.predicate().negate());
            assertThat(actual.gradients().keySet()).isEqualTo(gradients.keySet());
            actual.gradients().forEach((name, gradient) -> assertThat(gradient).as(name).isEqualTo(gradients.get(name)));
        }
    }

    @Test
    void whatIsFrozenHasNoGradientInMemory() {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            GptConfig config = SmallRun.config(Generation.G2026_07);
            GptParameters parameters = new GptParameters(config, backend, DType.F32, name -> name.startsWith("transformer.h."));
            long trained = parameters.all().stream().filter(Parameter::isTrained).mapToLong(parameter -> parameter.value().size()).sum();
            assertThat(trained).isEqualTo(ParameterCounts.of(config).transformerMatrices());
            assertThat(backend.allocatedBytes()).isEqualTo(Float.BYTES * (ParameterCounts.of(config).total() + trained));
        }
    }

    // ---- what runs ----

    private static CountedCalls calls(String trained) {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            CountedCalls counted = new CountedCalls(backend);
            SmallRun run = new SmallRun(Generation.G2026_07, counted.backend(), DType.F32, Pattern.compile(trained).asMatchPredicate());
            counted.reset();
            run.addGradients(0);
            return counted;
        }
    }

    @Test
    void withNothingButLmHeadThereIsNoBackwardPass() {
        CountedCalls calls = calls("lm_head.*");
        assertThat(calls.of("crossEntropyWithGradient")).isEqualTo(1);
        assertThat(calls.ofBackwardPass()).isEmpty();
    }

    /// The stream needs a gradient from the output of attention on. q, k and v read what nothing trained went into.
    @Test
    void belowTheLowestTrainedBlockNothingRuns() {
        assertThat(calls("transformer\\.h\\.3\\..*").ofBackwardPass()).isEqualTo(Map.of("normBackward", 2, "subtractScaledBackward", 1,
                "linearBackwardWeight", 6, "linearBackwardInput", 3, "reluSquaredBackward", 1, "attentionBackward", 1,
                "rotaryNormBackward", 2, "valueEmbeddingBackward", 1));
    }

    @Test
    void aFrozenMatrixCostsNoProductForItsGradient() {
        Map<String, Integer> calls = calls("transformer\\.wte\\..*").ofBackwardPass();
        assertThat(calls).doesNotContainKey("linearBackwardWeight").containsEntry("linearBackwardInput", 6 * SmallRun.LAYERS)
                .containsEntry("mixBackward", SmallRun.LAYERS).containsEntry("embeddingBackward", 1);
    }

    @Test
    void aTrainedTableOfTheLastLayerAsksOnlyForWhatLiesAboveIt() {
        assertThat(calls("value_embeds\\.3\\..*").ofBackwardPass()).isEqualTo(Map.of("normBackward", 2, "subtractScaledBackward", 1,
                "linearBackwardInput", 3, "reluSquaredBackward", 1, "attentionBackward", 1, "valueEmbeddingBackward", 1));
    }
}
