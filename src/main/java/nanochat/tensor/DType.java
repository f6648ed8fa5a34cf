package nanochat.tensor;

/// Element types of a [Tensor].
public enum DType {
    /// IEEE single precision: master weights, the residual stream, gradients of weights, optimizer state.
    F32(4),
    /// bfloat16, the upper half of a single: what feeds matrix products on processors that have such products.
    BF16(2),
    /// Token ids and targets.
    I32(4);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /// Bytes of one element.
    public int bytes() {
        return bytes;
    }
}
