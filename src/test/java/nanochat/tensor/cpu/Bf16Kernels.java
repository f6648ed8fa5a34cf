package nanochat.tensor.cpu;

import nanochat.tensor.DType;

/// The kernels on bf16 activations.
public class Bf16Kernels extends Kernels {
    public Bf16Kernels() {
        super(DType.BF16);
    }
}
