package nanochat.tensor.cpu;

import nanochat.tensor.Backend;
import nanochat.tensor.BackendContractTest;
import nanochat.tensor.DType;

/// The contract where oneDNN does not load; on one team, for how work is split is not up to the products. Oracle: the reference backend.
class VectorBackendTest extends BackendContractTest {
    @Override
    protected Backend create(int threads) {
        return new CpuBackend(threads, DType.F32, VectorProducts::new);
    }

    @Override
    protected int[] threadCounts() {
        return new int[]{2};
    }

    @Override
    protected int seeds() {
        return 1;
    }
}
