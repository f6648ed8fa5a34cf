package nanochat.tensor.cpu;

import nanochat.tensor.Backend;
import nanochat.tensor.BackendContractTest;
import nanochat.tensor.DType;

/// The contract on one thread and on several, with Muon's products in f32. Oracle: the reference backend.
class CpuBackendTest extends BackendContractTest {
    @Override
    protected Backend create(int threads) {
        return new CpuBackend(threads, DType.F32);
    }

    @Override
    protected int[] threadCounts() {
        return new int[]{1, 2, 3};
    }
}
