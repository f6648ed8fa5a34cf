package nanochat.checkpoint;

import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;
import nanochat.objective.ObjectiveChoice;
import nanochat.tokenizer.Tokenizer;

/// The model of a checkpoint, open for reading.
///
/// @param config its shape
/// @param objective what it predicts from what
/// @param tokenizer the one it was trained with
/// @param parameters the file of its tensors, closed with this
public record StoredModel(GptConfig config, ObjectiveChoice objective, Tokenizer tokenizer, SafeTensors parameters)
        implements
            AutoCloseable {
    /// Opens the checkpoint of a step, of a model that writes text from left to right.
    ///
    /// @throws BadInputException when there is none, or it is of another kind, or its files do not fit together, or another run replaces it
    /// meanwhile
    public static StoredModel open(CheckpointDirectory checkpoints, int step) {
        StoredModel stored = openAny(checkpoints, step);
        try {
            stored.objective.checkWritesOn();
            return stored;
        } catch (BadInputException cannot) {
            stored.close();
            throw cannot;
        }
    }

    /// Opens the checkpoint of a step, whatever its model was trained with.
    ///
    /// @throws BadInputException when there is none, or its files do not fit together, or another run replaces it meanwhile
    public static StoredModel openAny(CheckpointDirectory checkpoints, int step) {
        String identity = checkpoints.identity(step);
        ModelMeta meta = checkpoints.readMeta(step, ModelMeta.class);
        TokenizerCopy tokenizer = TokenizerCopy.load(checkpoints.folder(), meta.tokenizerSha256(), meta.vocabularySize());
        SafeTensors parameters = checkpoints.openModel(step);
        try {
            // What is open stays what it is, whatever happens to its name.
            checkpoints.checkIdentity(step, identity, "try again");
            Generation generation = Generation.of(parameters::contains);
            return new StoredModel(meta.modelConfig().toConfig(generation), meta.objective(), tokenizer.tokenizer(), parameters);
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
