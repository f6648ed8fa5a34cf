package nanochat.tensor.cpu;

import nanochat.tensor.HostMemory;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tensor;

/// [LossWeights] as the kernels read them.
final class RowWeights {
    private RowWeights() {
    }

    static float weight(LossWeights weights, int row) {
        return switch (weights) {
            case LossWeights.Uniform(float weight) -> weight;
            case LossWeights.PerPosition(Tensor each) -> RowMath.get(HostMemory.of(each), row);
        };
    }

    /// Whether the row's loss is asked for.
    static boolean counts(LossWeights weights, int row) {
        return switch (weights) {
            case LossWeights.Uniform _ -> true;
            case LossWeights.PerPosition _ -> weight(weights, row) != 0;
        };
    }
}
