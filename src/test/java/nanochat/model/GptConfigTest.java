package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.model.GptConfig.Generation;
import org.junit.jupiter.api.Test;

/// Oracle: docs/formulas.md#model, computed by hand, and the JSON of the recorded cases.
class GptConfigTest {
    @Test
    void depthSetsWidthHeadsAndLayers() {
        assertThat(GptConfig.ofDepth(20, 64, 128, 2048, 32768, "SSSL"))
                .isEqualTo(new GptConfig(2048, 32768, 20, 10, 10, 1280, "SSSL", Generation.G2026_07));
    }

    @Test
    void widthIsRoundedUpToWholeHeads() {
        GptConfig config = GptConfig.ofDepth(5, 64, 128, 512, 1000, "L");
        assertThat(config.embedding()).isEqualTo(384);
        assertThat(config.heads()).isEqualTo(3);
        assertThat(config.headSize()).isEqualTo(128);
    }

    @Test
    void depthZeroIsRefused() {
        assertThatThrownBy(() -> GptConfig.ofDepth(0, 64, 128, 512, 1000, "L")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("depth 0");
    }

    @Test
    void jsonHasTheOriginalsNames() {
        GptConfig config = ReferenceCase.tiny().config();
        assertThat(Json.line(GptConfigFields.of(config))).isEqualTo("{\"sequence_len\":160,\"vocab_size\":97,\"n_layer\":4,\"n_head\":4,"
                + "\"n_kv_head\":2,\"n_embd\":64,\"window_pattern\":\"SSSL\"}");
    }

    @Test
    void modelsOfNovember2025HaveNoWindowPattern() {
        GptConfig config = ReferenceCase.older().config();
        assertThat(config).isEqualTo(new GptConfig(64, 96, 3, 4, 2, 64, "L", Generation.G2025_11));
        assertThat(Json.line(GptConfigFields.of(config))).doesNotContain("window");
    }

    @Test
    void aSizeThatIsMissingInTheJsonIsNamed() {
        String json = "{\"sequence_len\":64,\"vocab_size\":96,\"n_head\":4,\"n_kv_head\":2,\"n_embd\":64}";
        GptConfigFields fields = Json.LINE.readValue(json, GptConfigFields.class);
        assertThatThrownBy(() -> fields.toConfig(Generation.G2026_07)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "n_layer");
    }
}
