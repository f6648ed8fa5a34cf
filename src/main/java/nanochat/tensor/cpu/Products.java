package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;

/// Matrix products on the calling thread.
interface Products {
    /// Makes the products for workers with these scratch memories.
    @FunctionalInterface
    interface Factory {
        Products create(Scratch[] scratch);
    }

    /// c (+)= a b, where a, b and c are the memory of whole tensors and the offsets count elements.
    void run(int worker, ProductShape shape, MemorySegment a, long aOffset, MemorySegment b, long bOffset, MemorySegment c,
            long cOffset);

    /// What computes the products, for people.
    String description();
}
