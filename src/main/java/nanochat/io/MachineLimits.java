package nanochat.io;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// How fast a machine multiplies matrices at most, as `nanochat bench machine` measured it: the last measurement is kept in the base directory, so that
/// runs can be held against it.
///
/// @param processor its model, as [Machine] says it
/// @param cores how many threads it runs at once
/// @param matmulBf16Gflops products of bf16 matrices, in 10^9 operations a second
/// @param matmulF32Gflops of f32 matrices
public record MachineLimits(String processor, int cores, double matmulBf16Gflops, double matmulF32Gflops) {
    /// The last measurement that was kept; empty where there is none that can be read.
    public static Optional<MachineLimits> read(BaseDirectory base) {
        Path file = base.machineLimits();
        try {
            return Files.exists(file) ? Optional.of(Json.read(file, MachineLimits.class)) : Optional.empty();
        } catch (BadInputException ofAnotherVersion) {
            return Optional.empty();
        }
    }

    /// Keeps it, in the place of an earlier one.
    ///
    /// @throws BadInputException when the file cannot be written
    public void keep(BaseDirectory base) {
        Json.write(base.machineLimits(), this);
    }

    /// Whether they are those of a machine with this processor and so many cores.
    public boolean isOf(String otherProcessor, int otherCores) {
        return processor.equals(otherProcessor) && cores == otherCores;
    }
}
