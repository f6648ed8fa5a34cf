package nanochat.tensor;

import java.lang.foreign.MemorySegment;

/// Memory of this process, off the Java heap, aligned to 64 bytes.
public record HostMemory(MemorySegment segment) implements Memory {
    /// The memory of a tensor that lives on the host.
    public static MemorySegment of(Tensor tensor) {
        return ((HostMemory) tensor.memory()).segment();
    }
}
