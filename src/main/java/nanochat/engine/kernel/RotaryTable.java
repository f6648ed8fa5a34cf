package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import nanochat.model.GptConfig;
import nanochat.model.RotaryAngles;

/// The [RotaryAngles] of a model where the engine's kernels read them, one row of D/2 a position.
///
/// @param cosines and `sines`: positions x D/2 floats
public record RotaryTable(MemorySegment cosines, MemorySegment sines, int halfHead) {
    public static RotaryTable of(GptConfig config, int positions, Arena arena) {
        RotaryAngles angles = RotaryAngles.of(config, positions);
        return new RotaryTable(copy(angles.cos(), arena), copy(angles.sin(), arena), angles.pairs());
    }

    private static MemorySegment copy(float[] values, Arena arena) {
        MemorySegment copy = arena.allocate(4L * values.length, 64);
        MemorySegment.copy(values, 0, copy, ValueLayout.JAVA_FLOAT, 0, values.length);
        return copy;
    }

    /// Rotates one head of a token in place.
    public void rotate(long x, int position) {
        long angles = 4L * position * halfHead;
        Kernels.rotate(x, 2 * halfHead, cosines.address() + angles, sines.address() + angles);
    }
}
