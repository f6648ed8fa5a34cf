package nanochat.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders with models in them; the oracle is the model that whoever says so little means.
class ModelChoiceTest {
    @TempDir
    Path base;

    private void save(ModelStage stage, String... tags) {
        for (String tag : tags) {
            CheckpointDirectory.of(stage.models(new BaseDirectory(base)), tag).save(7, List.of(), List.of(), Map.of());
        }
    }

    private String choice(Optional<ModelStage> stage, Optional<String> tag) {
        BaseDirectory directory = new BaseDirectory(base);
        return stage.map(chosen -> ModelChoice.of(directory, chosen, tag, Optional.empty()))
                .orElseGet(() -> ModelChoice.ofLastStage(directory, tag, Optional.empty())).toString();
    }

    @Test
    void theLastStageAndTheLargestModelAreMeant() {
        save(ModelStage.BASE, "d2", "d12", "d100");
        assertThat(choice(Optional.empty(), Optional.empty())).isEqualTo("d100 (pretraining, step 7)");
        save(ModelStage.SFT, "d2", "d12");
        assertThat(choice(Optional.empty(), Optional.empty())).isEqualTo("d12 (fine-tuning, step 7)");
        save(ModelStage.RL, "d2");
        assertThat(choice(Optional.empty(), Optional.empty())).isEqualTo("d2 (reinforcement learning, step 7)");
        assertThat(choice(Optional.of(ModelStage.SFT), Optional.empty())).isEqualTo("d12 (fine-tuning, step 7)");
    }

    @Test
    void aTagMeansTheLastStageThatHasIt() {
        save(ModelStage.BASE, "d2", "d12");
        save(ModelStage.SFT, "d2");
        assertThat(choice(Optional.empty(), Optional.of("d2"))).isEqualTo("d2 (fine-tuning, step 7)");
        assertThat(choice(Optional.empty(), Optional.of("d12"))).isEqualTo("d12 (pretraining, step 7)");
        assertThatThrownBy(() -> choice(Optional.empty(), Optional.of("d4"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("'d4'").hasMessageContaining("d12, d2");
    }

    @Test
    void withoutAModelTheCommandThatMakesOneIsNamed() {
        assertThatThrownBy(() -> choice(Optional.empty(), Optional.empty())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("./nanochat speedrun");
        save(ModelStage.BASE, "d2");
        assertThatThrownBy(() -> choice(Optional.of(ModelStage.SFT), Optional.empty())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("./nanochat sft");
    }
}
