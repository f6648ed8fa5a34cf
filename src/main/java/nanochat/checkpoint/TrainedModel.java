package nanochat.checkpoint;

import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tokenizer.Tokenizer;

/// A model from a checkpoint, to run forward.
///
/// @param gpt the model, without gradients
/// @param tokenizer the one it was trained with
public record TrainedModel(Gpt gpt, Tokenizer tokenizer) {
    /// Loads the checkpoint of a step onto a backend.
    ///
    /// @param compute the type of matrix products, F32 or BF16
    /// @throws nanochat.io.BadInputException when there is none, or its files do not fit together
    public static TrainedModel load(CheckpointDirectory checkpoints, int step, Backend backend, DType compute) {
        try (StoredModel stored = StoredModel.open(checkpoints, step)) {
            GptParameters parameters = new GptParameters(stored.config(), backend, compute, false);
            StoredTensors.read(stored.parameters(), backend, StoredTensors.values(parameters));
            parameters.refresh();
            return new TrainedModel(new Gpt(parameters), stored.tokenizer());
        }
    }
}
