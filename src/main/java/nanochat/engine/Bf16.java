package nanochat.engine;

/// bfloat16, the upper sixteen bits of a float.
final class Bf16 {
    private Bf16() {
    }

    /// Rounds to nearest, ties to even.
    static short round(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    static float widen(short value) {
        return Float.intBitsToFloat(value << 16);
    }
}
