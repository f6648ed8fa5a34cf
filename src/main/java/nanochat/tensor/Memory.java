package nanochat.tensor;

/// Memory of a backend, opaque to everything above it: it need not be the processor's.
public interface Memory {
    /// A part of this memory, not a copy.
    Memory slice(long firstByte, long bytes);
}
