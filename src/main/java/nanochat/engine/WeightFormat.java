package nanochat.engine;

/// How the engine keeps the matrices. Sums are in f32 whatever the format.
public enum WeightFormat {
    /// Single precision: the reference.
    F32,
    /// bfloat16, rounded to nearest even: half the memory traffic, so twice the tokens per second.
    BF16,
    /// Eight-bit integers with one f32 scale per output: a quarter of the traffic.
    INT8
}
