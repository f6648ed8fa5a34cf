package nanochat.model;

import nanochat.tensor.Backend;
import nanochat.tensor.Bfloat16;
import nanochat.tensor.DType;
import nanochat.tensor.Tensor;

/// Cosines and sines of the rotary embedding, [T, D/2] each: position t turns pair i by the angle t / base^(2i/D). The 2025-11 generation
/// has base 10000 and rounds the tables to bfloat16; 2026-07 has base 100000 and does not.
public record RotaryTables(Tensor cos, Tensor sin) {

    /// Tables of the positions 0..length-1.
    public static RotaryTables of(GptConfig config, Backend backend, int length) {
        boolean rounded = config.generation() == GptConfig.Generation.G2025_11;
        double base = rounded ? 10_000 : 100_000;
        int half = config.headSize() / 2;
        float[] cos = new float[length * half];
        float[] sin = new float[length * half];
        for (int position = 0; position < length; position++) {
            for (int i = 0; i < half; i++) {
                // the original takes the frequencies and the angles in f32
                float frequency = (float) (1 / Math.pow(base, (float) (2 * i) / (2 * half)));
                float angle = position * frequency;
                cos[position * half + i] = rounded((float) Math.cos(angle), rounded);
                sin[position * half + i] = rounded((float) Math.sin(angle), rounded);
            }
        }
        RotaryTables tables = new RotaryTables(backend.allocate(DType.F32, length, half), backend.allocate(DType.F32, length, half));
        backend.write(tables.cos, cos);
        backend.write(tables.sin, sin);
        return tables;
    }

    private static float rounded(float value, boolean rounded) {
        return rounded ? Bfloat16.toFloat(Bfloat16.fromFloat(value)) : value;
    }
}
