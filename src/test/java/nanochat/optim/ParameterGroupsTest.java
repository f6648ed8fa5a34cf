package nanochat.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.model.GptParameters;
import nanochat.model.ReferenceCase;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Oracle: the groups recorded from the original, names, order and every hyper-parameter.
class ParameterGroupsTest {
    private static final Offset<Double> EXACTLY = within(1e-15);

    static Stream<ReferenceCase> cases() {
        return Stream.of(ReferenceCase.tiny(), ReferenceCase.odd());
    }

    private static List<ParameterGroup> groups(ReferenceCase reference, Backend backend) {
        return ParameterGroups.of(new GptParameters(reference.config(), backend, DType.F32, true), OptimizerSettings.DEFAULT);
    }

    private static List<String> names(ParameterGroup group) {
        return group.parameters().stream().map(Parameter::name).toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void groupsAreTheOriginals(ReferenceCase reference) {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            List<ParameterGroup> groups = groups(reference, backend);
            List<JsonNode> expected = reference.json().get("param_groups").valueStream().toList();
            assertThat(groups).hasSameSizeAs(expected);
            for (int i = 0; i < groups.size(); i++) {
                assertSame(groups.get(i), expected.get(i));
            }
        }
    }

    private static void assertSame(ParameterGroup group, JsonNode expected) {
        List<String> expectedNames = expected.get("params").valueStream().map(JsonNode::asString).toList();
        assertThat(names(group)).isEqualTo(expectedNames);
        assertThat(group.initialLearningRate()).as(expectedNames + " lr").isEqualTo(expected.get("initial_lr").asDouble(), EXACTLY);
        assertThat(group.weightDecay()).as(expectedNames + " weight decay").isEqualTo(expected.get("weight_decay").asDouble(), EXACTLY);
        switch (group) {
            case AdamWGroup adamW -> {
                assertThat(expected.get("kind").asString()).isEqualTo("adamw");
                assertThat(adamW.beta1()).as(expectedNames + " beta1").isEqualTo(expected.get("betas").get(0).asDouble());
                assertThat(adamW.beta2()).as(expectedNames + " beta2").isEqualTo(expected.get("betas").get(1).asDouble());
                assertThat(AdamWGroup.EPSILON).isEqualTo(expected.get("eps").asDouble());
            }
            case MuonGroup muon -> {
                assertThat(expected.get("kind").asString()).isEqualTo("muon");
                assertThat(muon.beta2()).as(expectedNames + " beta2").isEqualTo(expected.get("beta2").asDouble());
            }
        }
    }

    @Test
    void theOlderGenerationHasNoGroupsForWhatItLacks() {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            List<ParameterGroup> groups = groups(ReferenceCase.older(), backend);
            assertThat(groups).extracting(group -> names(group).getFirst()).containsExactly("lm_head.weight", "transformer.wte.weight",
                    "transformer.h.0.attn.c_k.weight", "transformer.h.0.attn.c_q.weight", "transformer.h.0.mlp.c_proj.weight",
                    "transformer.h.0.mlp.c_fc.weight");
            assertThat(groups.stream().mapToInt(group -> group.parameters().size()).sum()).isEqualTo(2 + 3 * 6);
        }
    }

    @Test
    void whatIsNotTrainedIsInNoGroup() {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            GptParameters parameters = new GptParameters(ReferenceCase.tiny().config(), backend, DType.F32,
                    name -> name.matches("transformer\\.h\\.1\\.mlp\\..*|backout_lambda"));
            assertThat(ParameterGroups.of(parameters, OptimizerSettings.DEFAULT)).extracting(ParameterGroupsTest::names).containsExactly(
                    List.of("backout_lambda"), List.of("transformer.h.1.mlp.c_proj.weight"), List.of("transformer.h.1.mlp.c_fc.weight"));
        }
    }

    @Test
    void aNegativeRateIsNamed() {
        assertThatThrownBy(() -> new OptimizerSettings(0.008, -0.3, 0.02, 0.5, 0.28)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("embedding_lr");
        assertThatThrownBy(() -> OptimizerSettings.DEFAULT.withWeightDecay(Double.NaN)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("weight_decay");
    }
}
