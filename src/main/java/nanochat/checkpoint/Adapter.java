package nanochat.checkpoint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.model.Tuning;

/// What an adapter is, and whose: its tensors mean nothing but beside the weights that they were trained on.
///
/// @param tuning what was trained
/// @param stage of the model that it belongs to
/// @param tag of that model
/// @param step of that model's checkpoint
/// @param fingerprint of that checkpoint, see [CheckpointDirectory#fingerprint]
public record Adapter(Tuning tuning, ModelStage stage, String tag, int step, String fingerprint) {
    /// Of a model as it is now; reads its file once.
    ///
    /// @throws BadInputException when it has no such checkpoint
    public static Adapter of(Tuning tuning, ModelChoice model) {
        return new Adapter(tuning, model.stage(), model.checkpoints().tag(), model.step(), model.checkpoints().fingerprint(model.step()));
    }

    /// The model that it belongs to: the one of that name or, where another run has taken the name since, one that gave way to it.
    ///
    /// @param own the adapter's checkpoints
    /// @throws BadInputException when its weights are nowhere any more
    public ModelChoice model(CheckpointDirectory own) {
        return model(new BaseDirectory(own.folder().resolve("..").resolve("..")), own.folder().toString());
    }

    private ModelChoice model(BaseDirectory base, String name) {
        List<CheckpointDirectory> candidates = new ArrayList<>(CheckpointDirectory.all(stage.models(base)).stream()
                .filter(model -> model.isOrWas(tag) && model.steps().contains(step)).toList());
        candidates.sort(Comparator.comparing(model -> !model.tag().equals(tag)));
        return candidates.stream().filter(model -> model.fingerprint(step).equals(fingerprint)).findFirst()
                .map(model -> new ModelChoice(stage, model, step)).orElseThrow(() -> new BadInputException(
                        "The adapter in " + name + " belongs to the model " + tag + " (" + stage.title().toLowerCase(Locale.ROOT)
                                + ", step " + step + "), and " + (candidates.isEmpty()
                                        ? "there is none of that name and step in " + stage.models(base)
                                        : "that one in " + stage.models(base) + " has other weights")
                                + ". Restore the model, or train the adapter anew:  nanochat sft --tune " + tuning.title()));
    }

    /// On one line, such as `lora of d4 (fine-tuning, step 300)`.
    @Override
    public String toString() {
        return tuning.title() + " of " + tag + " (" + stage.title().toLowerCase(Locale.ROOT) + ", step " + step + ")";
    }
}
