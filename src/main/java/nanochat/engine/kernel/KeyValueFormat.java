package nanochat.engine.kernel;

/// How keys and values are kept. Sums are in f32 whatever the format.
public enum KeyValueFormat {
    /// Single precision: attention as exact as with no cache at all.
    F32(Float.BYTES),
    /// bfloat16, rounded to nearest even: half the memory, and half the traffic of long contexts.
    BF16(Short.BYTES);

    private final int elementBytes;

    KeyValueFormat(int elementBytes) {
        this.elementBytes = elementBytes;
    }

    /// Bytes of one channel of one position.
    public int elementBytes() {
        return elementBytes;
    }
}
