package nanochat.checkpoint;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.model.GptConfigFields;
import nanochat.objective.ObjectiveChoice;

/// What the meta file of every checkpoint says, whatever made it.
///
/// @param step of the checkpoint
/// @param modelConfig the model's shape
/// @param tokenizerSha256 which tokenizer it was trained with, see [TokenizerCopy]
/// @param objective what it predicts from what; the next token where the file does not say
/// @param adapter where the checkpoint is one that means something only beside the model that it names
/// @param prompt tokens behind which the model answers: their keys and values are in the checkpoint; none where the file does not say
public record ModelMeta(int step, GptConfigFields modelConfig, String tokenizerSha256, ObjectiveChoice objective,
        Optional<Adapter> adapter, List<Integer> prompt) {
    /// Of a model that predicts the next token.
    public ModelMeta(int step, GptConfigFields modelConfig, String tokenizerSha256) {
        this(step, modelConfig, tokenizerSha256, ObjectiveChoice.nextToken(), Optional.empty(), List.of());
    }

    public ModelMeta {
        if (modelConfig == null || tokenizerSha256 == null) {
            throw new BadInputException("The meta file of a checkpoint has no model_config or no tokenizer_sha256");
        }
        prompt = List.copyOf(Objects.requireNonNullElse(prompt, List.of()));
        objective = Objects.requireNonNullElse(objective, ObjectiveChoice.nextToken());
    }

    /// Of the tokenizer, without the tokens that the objective adds.
    public int vocabularySize() {
        return modelConfig.vocabSize() - objective.extraTokens();
    }
}
