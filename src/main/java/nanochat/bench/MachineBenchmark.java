package nanochat.bench;

import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;

/// The limits of this machine, against which everything else is held. Rates in 10^9 a second.
///
/// @param matmulBf16Gflops   matrix products with bf16 inputs and f32 sums, all threads
/// @param matmulF32Gflops    the same in f32
/// @param readGbPerSecond1   main memory read by one thread
/// @param readGbPerSecondAll main memory read by all threads
/// @param threads            how many those are
public record MachineBenchmark(double matmulBf16Gflops, double matmulF32Gflops, double readGbPerSecond1, double readGbPerSecondAll,
        int threads) {
    /// Takes a few seconds.
    public static MachineBenchmark run(int threads) {
        return new MachineBenchmark(matrixRate(threads, DType.BF16), matrixRate(threads, DType.F32), MemoryBandwidth.read(1) * 1e-9,
                MemoryBandwidth.read(threads) * 1e-9, threads);
    }

    private static double matrixRate(int threads, DType type) {
        try (Backend backend = Backends.open(Device.CPU, threads, type)) {
            MatrixRate rate = new MatrixRate(backend, type);
            rate.measure();
            return rate.measure() * 1e-9;
        }
    }
}
