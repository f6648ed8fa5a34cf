package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.StoredModel;
import nanochat.checkpoint.StoredTensor;
import nanochat.engine.kernel.SourceTensor;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Tokenizer;

/// A model from a checkpoint, ready for inference.
///
/// @param weights the parameters
/// @param tokenizer the one it was trained with
public record LoadedModel(EngineWeights weights, Tokenizer tokenizer) {
    /// Loads the checkpoint of a step.
    ///
    /// @param format how matrices are kept, whatever type the checkpoint has
    /// @param arena where the weights live; shared or automatic
    /// @throws BadInputException when there is no such checkpoint, or its files do not fit together
    public static LoadedModel load(CheckpointDirectory checkpoints, int step, WeightFormat format, Arena arena) {
        try (StoredModel stored = StoredModel.open(checkpoints, step)) {
            return new LoadedModel(EngineWeights.load(stored.config(), format, name -> source(stored.parameters(), name), arena),
                    stored.tokenizer());
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
