package nanochat.tensor.cpu;

import nanochat.tensor.DType;

/// The kernels on f32 activations.
public class F32Kernels extends Kernels {
    public F32Kernels() {
        super(DType.F32);
    }
}
