package nanochat.checkpoint;

/// What a stored tensor is made of; the constants have the names that safetensors files use.
public enum ElementType {
    F64(8), F32(4), F16(2), BF16(2), I64(8), I32(4), U8(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /// The size of one element.
    public int bytes() {
        return bytes;
    }
}
