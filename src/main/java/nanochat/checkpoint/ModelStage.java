package nanochat.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import nanochat.io.BaseDirectory;

/// The stages of training that leave a model behind, in their order.
public enum ModelStage {
    /// From text alone: the model goes on with whatever it reads, and has seen no conversation.
    @JsonProperty("base")
    BASE("Pretraining", "base"),
    /// From conversations.
    @JsonProperty("sft")
    SFT("Fine-tuning", "SFT"),
    /// From rewards.
    @JsonProperty("rl")
    RL("Reinforcement learning", "RL"),
    /// From pairs of answers of which one is preferred.
    @JsonProperty("dpo")
    DPO("Preferences", "DPO"),
    /// From conversations, beside a model that stays as it is; taken only by who asks for it.
    @JsonProperty("adapter")
    ADAPTER("Tuning", "adapter");

    private final String title;
    private final String model;

    ModelStage(String title, String model) {
        this.title = title;
        this.model = model;
    }

    /// What it does, as a heading.
    public String title() {
        return title;
    }

    /// What one calls its model.
    public String model() {
        return model;
    }

    /// Whether its models have learned to take turns.
    public boolean takesTurns() {
        return this != BASE;
    }

    /// The folder of all its models.
    public Path models(BaseDirectory base) {
        return switch (this) {
            case BASE -> base.baseCheckpoints();
            case SFT -> base.sftCheckpoints();
            case RL -> base.rlCheckpoints();
            case DPO -> base.dpoCheckpoints();
            case ADAPTER -> base.adapterCheckpoints();
        };
    }
}
