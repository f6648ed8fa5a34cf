package nanochat.engine;

import nanochat.engine.kernel.SourceTensor;

/// Where the weights come from: a checkpoint, a training run in memory, random numbers.
@FunctionalInterface
public interface TensorSource {
    /// The tensor of this name (docs/formulas.md#parameters).
    ///
    /// @throws nanochat.io.BadInputException when there is none; the message names it
    SourceTensor tensor(String name);
}
