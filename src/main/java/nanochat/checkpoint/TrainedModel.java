package nanochat.checkpoint;

import java.util.Optional;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.objective.ObjectiveChoice;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tokenizer.Tokenizer;

/// A model from a checkpoint, to run forward.
///
/// @param gpt the model, without gradients
/// @param objective what it predicts from what
/// @param tokenizer the one it was trained with
public record TrainedModel(Gpt gpt, ObjectiveChoice objective, Tokenizer tokenizer) {
    /// Of a model that predicts the next token.
    public TrainedModel(Gpt gpt, Tokenizer tokenizer) {
        this(gpt, ObjectiveChoice.nextToken(), tokenizer);
    }

    /// @throws nanochat.io.BadInputException when it cannot write text from left to right
    public void checkWritesOn() {
        objective.checkWritesOn();
    }

    /// Loads the checkpoint of a step onto a backend, whatever its model was trained with.
    ///
    /// @param compute the type of matrix products, F32 or BF16
    /// @throws nanochat.io.BadInputException when there is none, or its files do not fit together
    public static TrainedModel load(CheckpointDirectory checkpoints, int step, Backend backend, DType compute) {
        try (StoredModel stored = StoredModel.openAny(checkpoints, step)) {
            GptParameters parameters = new GptParameters(stored.config(), backend, compute, false);
            stored.readInto(backend, StoredTensors.values(parameters));
            parameters.refresh();
            return new TrainedModel(new Gpt(parameters, Optional.empty(), stored.prefix(backend, compute), stored.config().sequenceLength(),
                    false), stored.objective(), stored.tokenizer());
        }
    }
}
