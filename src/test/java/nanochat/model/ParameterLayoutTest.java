package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Oracle: the cases recorded from the original (names, order and shapes of its state_dict, its parameter counts, FLOPs and windows).
class ParameterLayoutTest {
    static Stream<ReferenceCase> cases() {
        return Stream.of(ReferenceCase.tiny(), ReferenceCase.odd(), ReferenceCase.older());
    }

    static Stream<ReferenceCase> countedCases() {
        return cases().filter(reference -> reference.json().has("param_counts"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void namesOrderAndShapesAreThoseOfTheCheckpoints(ReferenceCase reference) {
        List<ParameterLayout.Entry> entries = ParameterLayout.of(reference.config()).entries();
        assertThat(entries).extracting(ParameterLayout.Entry::name).isEqualTo(reference.parameterNames());
        for (ParameterLayout.Entry entry : entries) {
            assertThat(entry.shape()).as(entry.name()).isEqualTo(reference.shape("param." + entry.name()));
        }
    }

    @ParameterizedTest
    @MethodSource("countedCases")
    void countsAreTheOriginals(ReferenceCase reference) {
        JsonNode expected = reference.json().get("param_counts");
        ParameterCounts counts = ParameterCounts.of(reference.config());
        assertThat(counts.wte()).isEqualTo(expected.get("wte").asLong());
        assertThat(counts.valueEmbeds()).isEqualTo(expected.get("value_embeds").asLong());
        assertThat(counts.lmHead()).isEqualTo(expected.get("lm_head").asLong());
        assertThat(counts.transformerMatrices()).isEqualTo(expected.get("transformer_matrices").asLong());
        assertThat(counts.scalars()).isEqualTo(expected.get("scalars").asLong());
        assertThat(counts.total()).isEqualTo(expected.get("total").asLong());
    }

    @ParameterizedTest
    @MethodSource("countedCases")
    void floatingPointOperationsPerTokenAreTheOriginals(ReferenceCase reference) {
        assertThat(Flops.perToken(reference.config())).isEqualTo(reference.json().get("flops_per_token").asLong());
    }

    @ParameterizedTest
    @MethodSource("countedCases")
    void windowsAreTheOriginals(ReferenceCase reference) {
        GptConfig config = reference.config();
        int[] expected = reference.json().get("window_sizes").valueStream().mapToInt(JsonNode::asInt).toArray();
        assertThat(IntStream.range(0, config.layers()).map(config::window).toArray()).containsExactly(expected);
    }
}
