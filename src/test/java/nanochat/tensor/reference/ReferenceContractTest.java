package nanochat.tensor.reference;

import nanochat.tensor.Backend;
import nanochat.tensor.BackendContractTest;

/// The reference keeps the contract too. Compared with itself its arithmetic is right by definition; what can fail is memory, shape checks,
/// and what an operation must leave untouched.
class ReferenceContractTest extends BackendContractTest {
    @Override
    protected Backend create(int threads) {
        return new ReferenceBackend();
    }

    @Override
    protected int[] threadCounts() {
        return new int[]{1};
    }

    @Override
    protected int seeds() {
        return 1;
    }
}
