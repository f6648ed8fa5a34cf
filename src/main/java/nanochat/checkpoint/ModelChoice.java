package nanochat.checkpoint;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;

/// Which model is meant.
///
/// @param step of its checkpoint
public record ModelChoice(ModelStage stage, CheckpointDirectory checkpoints, int step) {
    /// The model of a stage that a user means who says some of it, or nothing: the largest, its last step.
    ///
    /// @throws BadInputException when there is none; the message says what makes one
    public static ModelChoice of(BaseDirectory base, ModelStage stage, Optional<String> tag, Optional<Integer> step) {
        if (CheckpointDirectory.all(stage.models(base)).isEmpty()) {
            throw new BadInputException("There is no model in " + stage.models(base) + " yet." + switch (stage) {
                case BASE -> " Make one:  ./nanochat speedrun";
                case SFT -> " Make one from a base model:  ./nanochat sft";
                case RL -> " Make one from a chat model:  ./nanochat rl";
                case DPO -> " Make one from a chat model:  ./nanochat dpo --data pairs.jsonl";
                case ADAPTER -> " Make one beside a model:  ./nanochat sft --tune lora";
            });
        }
        CheckpointDirectory checkpoints = tag.map(name -> CheckpointDirectory.find(stage.models(base), name))
                .orElseGet(() -> CheckpointDirectory.findLargest(stage.models(base)));
        return new ModelChoice(stage, checkpoints, step.orElseGet(checkpoints::lastStep));
    }

    /// The same of the last stage that has a whole model. Where none has it, the user reads about the first one.
    ///
    /// @throws BadInputException when there is none; the message says what makes one
    public static ModelChoice ofLastStage(BaseDirectory base, Optional<String> tag, Optional<Integer> step) {
        return ofLast(List.of(ModelStage.BASE, ModelStage.SFT, ModelStage.RL, ModelStage.DPO), base, tag, step);
    }

    /// The same of some stages, in this order.
    public static ModelChoice ofLast(List<ModelStage> among, BaseDirectory base, Optional<String> tag, Optional<Integer> step) {
        List<ModelStage> stages = among.stream()
                .filter(stage -> CheckpointDirectory.all(stage.models(base)).stream()
                        .anyMatch(model -> tag.isEmpty() || model.tag().equals(tag.get())))
                .toList();
        return of(base, stages.isEmpty() ? among.getFirst() : stages.getLast(), tag, step);
    }

    /// Tokens of the longest row it was trained on.
    ///
    /// @throws BadInputException when the checkpoint cannot be read
    public int contextLength() {
        return checkpoints.readMeta(step, ModelMeta.class).modelConfig().sequenceLen();
    }

    /// One word for it, such as `d4-sft`.
    public String name() {
        return checkpoints.tag() + "-" + stage.name().toLowerCase(Locale.ROOT);
    }

    /// On one line, such as `d4 (fine-tuning, step 300)`.
    @Override
    public String toString() {
        return checkpoints.tag() + " (" + stage.title().toLowerCase(Locale.ROOT) + ", step " + step + ")";
    }
}
