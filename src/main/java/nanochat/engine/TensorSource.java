package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.StoredModel;
import nanochat.checkpoint.StoredTensor;
import nanochat.engine.kernel.SourceTensor;
import nanochat.io.BadInputException;
import nanochat.model.GptParameters;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// Where the weights come from: a checkpoint, a training run in memory, random numbers.
@FunctionalInterface
public interface TensorSource {
    /// The tensor of this name (docs/formulas.md#parameters).
    ///
    /// @throws nanochat.io.BadInputException when there is none; the message names it
    SourceTensor tensor(String name);

    /// The parameters of a model on a backend, as they are when they are asked for. Nothing is copied where they are in the memory of this process.
    static TensorSource of(GptParameters parameters) {
        return name -> {
            Tensor value = parameters.named(name).value();
            parameters.backend().finish();
            if (value.memory() instanceof HostMemory(MemorySegment segment)) {
                return new SourceTensor(name, segment.asSlice(0, value.bytes()), value.shape());
            }
            MemorySegment copy = Arena.ofAuto().allocate(value.bytes(), Float.BYTES);
            parameters.backend().copyOut(value, copy);
            return new SourceTensor(name, copy, value.shape());
        };
    }

    /// The tensors of a stored model; those of another floating-point type are converted.
    static TensorSource of(StoredModel model) {
        return name -> of(model.tensor(name));
    }

    /// The tensors of a file; those of another floating-point type are converted.
    static TensorSource of(SafeTensors file) {
        return name -> of(file.tensor(name));
    }

    private static SourceTensor of(StoredTensor stored) {
        int[] shape = stored.shape().stream().mapToInt(Math::toIntExact).toArray();
        return switch (stored.type()) {
            case F32 -> new SourceTensor(stored.name(), stored.data(), shape);
            case F64, F16, BF16 -> new SourceTensor(stored.name(), MemorySegment.ofArray(stored.toFloats()), shape);
            case I64, I32, U8 -> throw new BadInputException("The tensor " + stored.name() + " of the model is " + stored.type()
                    + ", expected floating-point numbers");
        };
    }
}
