package nanochat.tensor;

import java.lang.foreign.MemorySegment;

/// Memory of this process, off the Java heap. What a backend allocates is aligned to 64 bytes, a slice to its elements.
public record HostMemory(MemorySegment segment) implements Memory {
    /// The memory of a tensor that lives on the host.
    public static MemorySegment of(Tensor tensor) {
        return ((HostMemory) tensor.memory()).segment();
    }

    @Override
    public HostMemory slice(long firstByte, long bytes) {
        return new HostMemory(segment.asSlice(firstByte, bytes));
    }
}
