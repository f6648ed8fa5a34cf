package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;

/// Matrix products on the calling thread.
interface Products {
    /// Makes the products for workers with these scratch memories.
    @FunctionalInterface
    interface Factory {
        Products create(Scratch[] scratch);
    }

    /// A packed operand may be packed, and read, from any column that is a multiple of this one on.
    int PANEL_COLUMNS = 64;

    /// How many elements a right operand [k, n] takes when it is packed; also where its column n begins, if n is a multiple of
    /// [#PANEL_COLUMNS].
    long packedElements(int k, int n, boolean bf16);

    /// Rearranges a right operand into the layout that products read fastest, for products of [ProductShape#ofPacked]: worth it for more than
    /// one product. Offsets count elements.
    void pack(int worker, RightOperand operand, MemorySegment b, long bOffset, MemorySegment packed, long packedOffset);

    /// c (+)= a b, where a, b and c are the memory of whole tensors and the offsets count elements.
    void run(int worker, ProductShape shape, MemorySegment a, long aOffset, MemorySegment b, long bOffset, MemorySegment c,
            long cOffset);

    /// What computes the products, for people.
    String description();
}
