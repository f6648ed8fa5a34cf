package nanochat.checkpoint;

import nanochat.model.Gpt;
import nanochat.model.GptConfig.Generation;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tokenizer.Tokenizer;

/// A model from a checkpoint, to run forward.
///
/// @param gpt the model, without gradients
/// @param tokenizer the one it was trained with
public record TrainedModel(Gpt gpt, Tokenizer tokenizer) {
    /// A parameter that only models of July 2026 have.
    private static final String CURRENT_ONLY = "resid_lambdas";

    /// Loads the checkpoint of a step onto a backend.
    ///
    /// @param compute the type of matrix products, F32 or BF16
    /// @throws nanochat.io.BadInputException when there is none, or its files do not fit together
    public static TrainedModel load(CheckpointDirectory checkpoints, int step, Backend backend, DType compute) {
        ModelMeta meta = checkpoints.readMeta(step, ModelMeta.class);
        TokenizerCopy tokenizer = TokenizerCopy.load(checkpoints.folder());
        tokenizer.check(checkpoints.folder(), meta.tokenizerSha256(), meta.modelConfig().vocabSize());
        try (SafeTensors file = checkpoints.openModel(step)) {
            Generation generation = file.contains(CURRENT_ONLY) ? Generation.G2026_07 : Generation.G2025_11;
            GptParameters parameters = new GptParameters(meta.modelConfig().toConfig(generation), backend, compute, false);
            StoredTensors.read(file, backend, StoredTensors.values(parameters));
            parameters.refresh();
            return new TrainedModel(new Gpt(parameters), tokenizer.tokenizer());
        }
    }
}
