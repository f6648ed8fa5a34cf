package nanochat.tensor;

/// Conversion of single values to and from bfloat16: the sign, the 8 exponent bits and the upper 7 fraction bits of an IEEE single.
/// Every bfloat16 is exactly a float; the other way loses 16 bits.
public final class Bfloat16 {
    private static final int QUIET_BIT = 0x0040;

    private Bfloat16() {
    }

    /// The float of the same value.
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /// The nearest bfloat16, and of two equally near the one with an even last bit. Infinities stay, finite values from half a step
    /// above the largest finite bfloat16 become infinite, and a NaN stays a NaN (made quiet, so that cutting its payload cannot turn it
    /// into an infinity).
    public static short fromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | QUIET_BIT);
        }
        int lastBit = (bits >>> 16) & 1;
        return (short) ((bits + 0x7fff + lastBit) >>> 16);
    }

    /// `value` after a round trip through bfloat16.
    public static float round(float value) {
        return toFloat(fromFloat(value));
    }
}
