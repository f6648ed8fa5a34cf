package nanochat.tensor.cpu;

/// The right operand b [k, n] of matrix products, as it lies in memory before [Products#pack] rearranges it. Strides are in elements.
record RightOperand(int k, int n, int rowStride, int columnStride, boolean bf16) {
    /// `count` of its columns.
    RightOperand columns(int count) {
        return new RightOperand(k, count, rowStride, columnStride, bf16);
    }

    /// Elements from the first to the last one.
    long elements() {
        return (long) (k - 1) * rowStride + (long) (n - 1) * columnStride + 1;
    }
}
