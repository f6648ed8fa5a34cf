package nanochat.chat;

import java.util.Arrays;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;

/// Which model to talk to.
///
/// @param step of its checkpoint
public record ModelChoice(Stage stage, CheckpointDirectory checkpoints, int step) {
    /// The model that a user means who says some of it, or nothing: of the newest stage that has one, the largest, its last step.
    ///
    /// @throws BadInputException when there is none; the message says what makes one
    public static ModelChoice find(BaseDirectory base, Optional<Stage> stage, Optional<String> tag, Optional<Integer> step) {
        Stage chosen = stage.orElseGet(() -> newest(base, tag));
        if (CheckpointDirectory.all(chosen.models(base)).isEmpty()) {
            throw new BadInputException("There is no model to talk to in " + chosen.models(base)
                    + " yet. Make one:  ./" + chosen.command());
        }
        CheckpointDirectory checkpoints = tag.map(name -> CheckpointDirectory.find(chosen.models(base), name))
                .orElseGet(() -> CheckpointDirectory.findLargest(chosen.models(base)));
        return new ModelChoice(chosen, checkpoints, step.orElseGet(checkpoints::lastStep));
    }

    /// The newest stage that has the model; where none has it, the first one, whose absence is then what the user reads about.
    private static Stage newest(BaseDirectory base, Optional<String> tag) {
        return Arrays.stream(Stage.values())
                .filter(stage -> CheckpointDirectory.all(stage.models(base)).stream()
                        .anyMatch(model -> tag.isEmpty() || model.tag().equals(tag.get())))
                .findFirst().orElse(Stage.BASE);
    }

    /// On one line, such as `d4 (fine-tuned, step 300)`.
    @Override
    public String toString() {
        return checkpoints.tag() + " (" + stage.title() + ", step " + step + ")";
    }
}
