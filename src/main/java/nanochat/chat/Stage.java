package nanochat.chat;

import java.nio.file.Path;
import nanochat.io.BaseDirectory;

/// The stages of training that leave a model behind, the newest first.
public enum Stage {
    /// After reinforcement learning.
    RL("reinforcement learning", "nanochat rl"),
    /// After fine-tuning on conversations.
    SFT("fine-tuned", "nanochat sft"),
    /// After pretraining: it has seen no conversation and goes on with any text.
    BASE("base model", "nanochat speedrun");

    private final String title;
    private final String command;

    Stage(String title, String command) {
        this.title = title;
        this.command = command;
    }

    /// What a user calls its models.
    public String title() {
        return title;
    }

    /// The command that makes one.
    public String command() {
        return command;
    }

    /// Whether its models have learned to take turns.
    public boolean takesTurns() {
        return this != BASE;
    }

    /// Where its models are.
    public Path models(BaseDirectory base) {
        return switch (this) {
            case RL -> base.rlCheckpoints();
            case SFT -> base.sftCheckpoints();
            case BASE -> base.baseCheckpoints();
        };
    }
}
