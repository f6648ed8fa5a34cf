package nanochat.tensor;

/// How much the loss of each position counts in the sum whose gradients are taken. The losses themselves are told without it.
public sealed interface LossWeights {
    /// All positions alike: a mean is the reciprocal of how many there are.
    record Uniform(float weight) implements LossWeights {}

    /// Each position by its own: advantages of reinforcement learning (also negative ones), 1/t of a masked diffusion, a head's share. A
    /// position of weight 0 is treated like one without a target: it costs no product, and its loss is told as 0.
    ///
    /// @param weights F32 [N]
    record PerPosition(Tensor weights) implements LossWeights {}
}
