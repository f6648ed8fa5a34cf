package nanochat.model;

import nanochat.tensor.Bfloat16;

/// Cosines and sines of the rotary embedding (docs/formulas.md#attention): position t turns pair i of a head of size D by the angle
/// t / base^(2i/D). Training and inference read the same ones.
///
/// The order of operations is the original's, each rounded to f32: the exponent, the power, its reciprocal, the angle, its cosine and sine.
/// One rounding less (the reciprocal of an unrounded power) and every third frequency is another float.
///
/// @param pairs D/2
/// @param cos   [positions, D/2], row-major
/// @param sin   [positions, D/2], row-major
public record RotaryAngles(int positions, int pairs, float[] cos, float[] sin) {
    /// The angles of the positions 0..positions-1.
    public static RotaryAngles of(GptConfig config, int positions) {
        int pairs = config.headSize() / 2;
        float[] cos = new float[Math.multiplyExact(positions, pairs)];
        float[] sin = new float[cos.length];
        for (int pair = 0; pair < pairs; pair++) {
            float frequency = frequency(config, pair);
            for (int position = 0; position < positions; position++) {
                float angle = position * frequency;
                int index = position * pairs + pair;
                cos[index] = rounded(config, (float) Math.cos(angle));
                sin[index] = rounded(config, (float) Math.sin(angle));
            }
        }
        return new RotaryAngles(positions, pairs, cos, sin);
    }

    /// Radians a position.
    static float frequency(GptConfig config, int pair) {
        float power = (float) Math.pow(config.generation().rotaryBase(), 2f * pair / config.headSize());
        return 1f / power;
    }

    private static float rounded(GptConfig config, float value) {
        return config.generation().roundsRotaryAngles() ? Bfloat16.round(value) : value;
    }
}
