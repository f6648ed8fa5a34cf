package nanochat.tensor.cpu;

/// The shape of a matrix product c [m, n] (+)= a [m, k] b [k, n]. Strides are in elements; a transposed operand is one whose strides
/// are swapped. The columns of c are neighbours. Both inputs have one type, bf16 or f32. A packed b has the strides 0.
record ProductShape(int m, int n, int k, int aRowStride, int aColumnStride, int bRowStride, int bColumnStride, int cRowStride,
        boolean bf16Inputs, boolean bf16Output, boolean accumulate) {

    private static final int PACKED = 0;

    /// A product whose right operand [Products#pack] has rearranged.
    static ProductShape ofPacked(int m, int n, int k, int aRowStride, int aColumnStride, int cRowStride, boolean bf16Inputs,
            boolean bf16Output, boolean accumulate) {
        return new ProductShape(m, n, k, aRowStride, aColumnStride, PACKED, PACKED, cRowStride, bf16Inputs, bf16Output, accumulate);
    }

    /// The same product of a right operand that lies otherwise.
    ProductShape withRightStrides(int rowStride, int columnStride) {
        return new ProductShape(m, n, k, aRowStride, aColumnStride, rowStride, columnStride, cRowStride, bf16Inputs, bf16Output,
                accumulate);
    }

    boolean isPacked() {
        return bColumnStride == PACKED;
    }

    /// Elements from the first to the last one of a.
    long aElements() {
        return span(m, aRowStride, k, aColumnStride);
    }

    /// Elements from the first to the last one of b, unless it is packed.
    long bElements() {
        return span(k, bRowStride, n, bColumnStride);
    }

    /// Elements from the first to the last one of c.
    long cElements() {
        return span(m, cRowStride, n, 1);
    }

    private static long span(int rows, int rowStride, int columns, int columnStride) {
        return (long) (rows - 1) * rowStride + (long) (columns - 1) * columnStride + 1;
    }
}
