package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Oracle: the start values recorded from the original where the recording left them as they were (it shook those that start at zero or
/// almost), and docs/formulas.md#parameters for the others.
class InitializationTest {
    private static final long SEED = 42;

    static Stream<ReferenceCase> cases() {
        return Stream.of(ReferenceCase.tiny(), ReferenceCase.odd(), ReferenceCase.older());
    }

    private static float[] start(GptConfig config, String name) {
        return ParameterLayout.of(config).entries().stream().filter(entry -> entry.name().equals(name)).findFirst().orElseThrow()
                .initialValues(SEED);
    }

    private static DoubleStream doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]);
    }

    private static double largest(float[] values) {
        return doubles(values).map(Math::abs).max().orElseThrow();
    }

    private static double deviation(float[] values) {
        return Math.sqrt(doubles(values).map(value -> value * value).average().orElseThrow());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void embeddingsAndInputMatricesSpreadLikeTheOriginals(ReferenceCase reference) {
        List<String> untouched = reference.parameterNames().stream()
                .filter(name -> name.matches(".*(wte|value_embeds.*|c_q|c_k|c_v|c_fc)\\.weight")).toList();
        assertThat(untouched).hasSizeGreaterThanOrEqualTo(13);
        for (String name : untouched) {
            float[] ours = start(reference.config(), name);
            float[] theirs = reference.floats("param." + name);
            assertThat(deviation(ours)).as(name).isCloseTo(deviation(theirs), within(0.05 * deviation(theirs)));
            assertThat(doubles(ours).average().orElseThrow()).as(name).isCloseTo(0, within(0.1 * deviation(theirs)));
            boolean uniform = largest(theirs) < 2 * deviation(theirs);
            assertThat(largest(ours) < 2 * deviation(ours)).as(name + " is uniform").isEqualTo(uniform);
        }
    }

    @Test
    void theResidualStreamStartsAsTheOriginals() {
        ReferenceCase reference = ReferenceCase.tiny();
        for (String name : List.of("resid_lambdas", "x0_lambdas", "backout_lambda")) {
            assertThat(start(reference.config(), name)).as(name).containsExactly(reference.floats("param." + name), within(1e-6f));
        }
        assertThat(start(reference.config(), "smear_lambda")).containsExactly(0f);
    }

    @Test
    void outputMatricesStartAtZeroSoThatEveryBlockStartsAsNothing() {
        for (GptConfig config : List.of(ReferenceCase.tiny().config(), ReferenceCase.older().config())) {
            assertThat(start(config, "transformer.h.1.attn.c_proj.weight")).containsOnly(0f);
            assertThat(start(config, "transformer.h.1.mlp.c_proj.weight")).containsOnly(0f);
        }
    }

    @Test
    void theUnembeddingStartsAlmostAtZeroAndOnceStartedThere() {
        assertThat(deviation(start(ReferenceCase.tiny().config(), "lm_head.weight"))).isCloseTo(0.001, within(0.00005));
        assertThat(start(ReferenceCase.older().config(), "lm_head.weight")).containsOnly(0f);
    }

    @Test
    void gatesStartBetweenZeroAndTwoHundredths() {
        for (String name : List.of("smear_gate.weight", "transformer.h.3.attn.ve_gate.weight")) {
            float[] values = start(ReferenceCase.tiny().config(), name);
            assertThat(doubles(values)).as(name).allMatch(value -> value >= 0 && value < 0.02);
            assertThat(largest(values)).as(name).isGreaterThan(0.015);
        }
    }

    @Test
    void theSameNameGetsTheSameNumbersInADifferentModel() {
        GptConfig shallow = GptConfig.ofDepth(2, 64, 64, 64, 100, "L");
        GptConfig deep = new GptConfig(64, 100, 4, 2, 2, 128, "L", GptConfig.Generation.G2026_07);
        assertThat(shallow.embedding()).isEqualTo(deep.embedding());
        assertThat(start(deep, "lm_head.weight")).isEqualTo(start(shallow, "lm_head.weight"));
        assertThat(start(deep, "transformer.h.1.attn.c_q.weight")).isEqualTo(start(shallow, "transformer.h.1.attn.c_q.weight"));
    }

    @Test
    void namesAndSeedsHaveStreamsOfTheirOwn() {
        Initialization uniform = Initialization.symmetric(1);
        float[] values = uniform.values(100, SEED, "a");
        assertThat(uniform.values(100, SEED, "a")).isEqualTo(values);
        assertThat(uniform.values(100, SEED, "b")).doesNotContain(values);
        assertThat(uniform.values(100, SEED + 1, "a")).doesNotContain(values);
    }

    @Test
    void aRampOfOneStaysAtItsStart() {
        assertThat(new Initialization.Ramp(1.15f, 1.05f).values(1, SEED, "x")).containsExactly(1.15f);
    }
}
