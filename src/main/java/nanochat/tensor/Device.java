package nanochat.tensor;

/// Where operations run.
public enum Device {
    /// Scalar Java in double precision on one thread: slow, and right.
    REFERENCE,
    /// The processor, all of it: see [nanochat.tensor.cpu.CpuBackend].
    CPU
}
