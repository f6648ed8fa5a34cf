package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelMeta;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.StoredTensor;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;
import nanochat.tokenizer.Tokenizer;

/// A model from a checkpoint, ready for inference.
///
/// @param weights the parameters
/// @param tokenizer the one it was trained with
public record LoadedModel(EngineWeights weights, Tokenizer tokenizer) {
    /// A parameter that only models of July 2026 have.
    private static final String CURRENT_ONLY = "resid_lambdas";

    /// Loads the checkpoint of a step.
    ///
    /// @param format how matrices are kept, whatever type the checkpoint has
    /// @param arena where the weights live; shared or automatic
    /// @throws BadInputException when there is no such checkpoint, or its files do not fit together
    public static LoadedModel load(CheckpointDirectory checkpoints, int step, WeightFormat format, Arena arena) {
        ModelMeta meta = checkpoints.readMeta(step, ModelMeta.class);
        TokenizerCopy tokenizer = TokenizerCopy.load(checkpoints.folder());
        tokenizer.check(checkpoints.folder(), meta.tokenizerSha256(), meta.modelConfig().vocabSize());
        try (SafeTensors file = checkpoints.openModel(step)) {
            GptConfig config = meta.modelConfig().toConfig(file.contains(CURRENT_ONLY) ? Generation.G2026_07 : Generation.G2025_11);
            return new LoadedModel(EngineWeights.load(config, format, name -> source(file, name), arena), tokenizer.tokenizer());
        }
    }

    private static SourceTensor source(SafeTensors file, String name) {
        StoredTensor stored = file.tensor(name);
        int[] shape = stored.shape().stream().mapToInt(Math::toIntExact).toArray();
        return switch (stored.type()) {
            case F32 -> new SourceTensor(name, stored.data(), shape);
            case F64, F16, BF16 -> new SourceTensor(name, MemorySegment.ofArray(stored.toFloats()), shape);
            case I64, I32, U8 -> throw new BadInputException(file.file() + ": tensor " + name + " is " + stored.type()
                    + ", expected floating-point numbers");
        };
    }
}
