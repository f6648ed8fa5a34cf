package nanochat.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders with models in them; the oracle is the model that whoever says so little means.
class ModelChoiceTest {
    @TempDir
    Path base;

    private void save(Stage stage, String... tags) {
        for (String tag : tags) {
            TestModels.saveRandom(stage.models(new BaseDirectory(base)), tag, 64, 1);
        }
    }

    private String choice(Optional<Stage> stage, Optional<String> tag) {
        return ModelChoice.find(new BaseDirectory(base), stage, tag, Optional.empty()).toString();
    }

    @Test
    void theNewestStageAndTheLargestModelAreMeant() {
        save(Stage.BASE, "d2", "d12", "d100");
        assertThat(choice(Optional.empty(), Optional.empty())).isEqualTo("d100 (base model, step 7)");
        save(Stage.SFT, "d2", "d12");
        assertThat(choice(Optional.empty(), Optional.empty())).isEqualTo("d12 (fine-tuned, step 7)");
        save(Stage.RL, "d2");
        assertThat(choice(Optional.empty(), Optional.empty())).isEqualTo("d2 (reinforcement learning, step 7)");
        assertThat(choice(Optional.of(Stage.SFT), Optional.empty())).isEqualTo("d12 (fine-tuned, step 7)");
    }

    @Test
    void aTagMeansTheNewestStageThatHasIt() {
        save(Stage.BASE, "d2", "d12");
        save(Stage.SFT, "d2");
        assertThat(choice(Optional.empty(), Optional.of("d2"))).isEqualTo("d2 (fine-tuned, step 7)");
        assertThat(choice(Optional.empty(), Optional.of("d12"))).isEqualTo("d12 (base model, step 7)");
        assertThatThrownBy(() -> choice(Optional.empty(), Optional.of("d4"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("'d4'").hasMessageContaining("d12, d2");
    }

    @Test
    void withoutAModelTheCommandThatMakesOneIsNamed() {
        assertThatThrownBy(() -> choice(Optional.empty(), Optional.empty())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("./nanochat speedrun");
        save(Stage.BASE, "d2");
        assertThatThrownBy(() -> choice(Optional.of(Stage.SFT), Optional.empty())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("./nanochat sft");
    }
}
