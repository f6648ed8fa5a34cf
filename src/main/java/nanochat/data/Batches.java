package nanochat.data;

import java.util.function.Consumer;

/// Batches that can be gone through again and again, the same ones every time.
@FunctionalInterface
public interface Batches {
    /// Calls `action` with one batch after the other.
    ///
    /// @throws nanochat.io.BadInputException when what they are made of cannot be read, or there is none
    void forEach(Consumer<Batch> action);
}
