package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import nanochat.model.GptConfig;
import nanochat.tensor.Bfloat16;

/// Cosines and sines of the rotary embedding, one row of D/2 angles a position: position * base^(-2i/D), computed in f32 as the original does.
///
/// @param cosines and `sines`: positions x D/2 floats
public record RotaryTable(MemorySegment cosines, MemorySegment sines, int halfHead) {
    public static RotaryTable of(GptConfig config, int positions, Arena arena) {
        int half = config.headSize() / 2;
        MemorySegment cosines = arena.allocate(4L * positions * half, 64);
        MemorySegment sines = arena.allocate(4L * positions * half, 64);
        boolean modern = config.generation() == GptConfig.Generation.G2026_07;
        double base = modern ? 100_000 : 10_000;
        for (int i = 0; i < half; i++) {
            float frequency = 1 / (float) Math.pow(base, (float) (2 * i) / config.headSize());
            for (int position = 0; position < positions; position++) {
                float angle = position * frequency;
                float cosine = (float) Math.cos(angle);
                float sine = (float) Math.sin(angle);
                long index = (long) position * half + i;
                cosines.setAtIndex(ValueLayout.JAVA_FLOAT, index, modern ? cosine : Bfloat16.round(cosine));
                sines.setAtIndex(ValueLayout.JAVA_FLOAT, index, modern ? sine : Bfloat16.round(sine));
            }
        }
        return new RotaryTable(cosines, sines, half);
    }

    /// Rotates one head of a token in place.
    public void rotate(long x, int position) {
        long angles = 4L * position * halfHead;
        VectorMath.rotate(x, 2 * halfHead, cosines.address() + angles, sines.address() + angles);
    }
}
