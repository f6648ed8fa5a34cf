package nanochat.checkpoint;

import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;
import nanochat.tokenizer.Tokenizer;

/// The model of a checkpoint, open for reading.
///
/// @param config its shape
/// @param tokenizer the one it was trained with
/// @param parameters the file of its tensors, closed with this
public record StoredModel(GptConfig config, Tokenizer tokenizer, SafeTensors parameters) implements AutoCloseable {
    /// Opens the checkpoint of a step.
    ///
    /// @throws nanochat.io.BadInputException when there is none, or its files do not fit together, or another run replaces it meanwhile
    public static StoredModel open(CheckpointDirectory checkpoints, int step) {
        String identity = checkpoints.identity(step);
        ModelMeta meta = checkpoints.readMeta(step, ModelMeta.class);
        TokenizerCopy tokenizer = TokenizerCopy.load(checkpoints.folder(), meta.tokenizerSha256(), meta.modelConfig().vocabSize());
        SafeTensors parameters = checkpoints.openModel(step);
        try {
            // What is open stays what it is, whatever happens to its name.
            checkpoints.checkIdentity(step, identity, "try again");
            Generation generation = Generation.of(parameters::contains);
            return new StoredModel(meta.modelConfig().toConfig(generation), tokenizer.tokenizer(), parameters);
        } catch (RuntimeException unsound) {
            parameters.close();
            throw unsound;
        }
    }

    @Override
    public void close() {
        parameters.close();
    }
}
