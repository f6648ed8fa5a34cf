package nanochat.checkpoint;

import nanochat.io.BadInputException;
import nanochat.model.GptConfigFields;

/// What the meta file of every checkpoint says, whatever made it.
///
/// @param step of the checkpoint
/// @param modelConfig the model's shape
/// @param tokenizerSha256 which tokenizer it was trained with, see [TokenizerCopy]
public record ModelMeta(int step, GptConfigFields modelConfig, String tokenizerSha256) {
    public ModelMeta {
        if (modelConfig == null || tokenizerSha256 == null) {
            throw new BadInputException("The meta file of a checkpoint has no model_config or no tokenizer_sha256");
        }
    }
}
