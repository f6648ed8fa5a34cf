package nanochat.report;

import java.nio.file.Path;
import java.util.Optional;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.train.FinetuningPlan;
import nanochat.train.PretrainingPlan;
import nanochat.train.RunPlan;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// A stage of training; each has a folder of models.
enum Stage {
    BASE("Pretraining", "base"), SFT("Fine-tuning", "SFT"), RL("Reinforcement learning", "RL");

    private final String title;
    private final String model;

    Stage(String title, String model) {
        this.title = title;
        this.model = model;
    }

    /// What it does, as a heading.
    String title() {
        return title;
    }

    /// What one calls its model.
    String model() {
        return model;
    }

    /// The folder of all its models.
    Path models(BaseDirectory base) {
        return switch (this) {
            case BASE -> base.baseCheckpoints();
            case SFT -> base.sftCheckpoints();
            case RL -> base.rlCheckpoints();
        };
    }

    /// The plan that a run of this stage wrote down; empty where another version wrote it, so that this one cannot read it.
    Optional<RunPlan> plan(JsonNode written) {
        try {
            return switch (this) {
                case BASE -> Optional.of(Json.LINE.treeToValue(written, PretrainingPlan.class));
                case SFT -> Optional.of(Json.LINE.treeToValue(written, FinetuningPlan.class));
                case RL -> Optional.empty();
            };
        } catch (JacksonException | NullPointerException ofAnotherVersion) {
            return Optional.empty();
        }
    }
}
