package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The oracle: a configuration as the original writes it into its checkpoints, and the generation beside it.
class GptConfigJsonTest {
    private static final GptConfig CONFIG = new GptConfig(160, 97, 4, 4, 2, 64, "SSSL", GptConfig.Generation.G2026_07);
    private static final String JSON = """
            {"sequence_len":160,"vocab_size":97,"n_layer":4,"n_head":4,"n_kv_head":2,"n_embd":64,"window_pattern":"SSSL","generation":"2026-07"}""";

    @TempDir
    Path folder;

    @Test
    void theFieldsHaveTheOriginalsNames() {
        assertThat(Json.line(CONFIG)).isEqualTo(JSON);
    }

    @Test
    void whatWasWrittenIsRead() throws IOException {
        assertThat(Json.read(Files.writeString(folder.resolve("config.json"), JSON), GptConfig.class)).isEqualTo(CONFIG);
    }

    @Test
    void sizesThatDoNotFitAreNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("config.json"), JSON.replace("\"n_head\":4", "\"n_head\":5"));
        assertThatThrownBy(() -> Json.read(file, GptConfig.class)).isInstanceOf(BadInputException.class).hasMessageContainingAll(
                "config.json",
                "n_embd 64 must be a multiple of n_head 5");
    }

    @Test
    void aMissingFieldIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("config.json"), JSON.replace("\"n_layer\":4,", ""));
        assertThatThrownBy(() -> Json.read(file, GptConfig.class)).isInstanceOf(BadInputException.class).hasMessageContaining("n_layer");
        Path pattern = Files.writeString(folder.resolve("config.json"), JSON.replace("\"window_pattern\":\"SSSL\",", ""));
        assertThatThrownBy(() -> Json.read(pattern, GptConfig.class)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "window_pattern");
    }
}
