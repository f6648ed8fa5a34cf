package nanochat.tensor;

/// The hyper-parameters of one AdamW update; `step` counts from 1 and debiases the moments.
public record AdamWStep(float learningRate, float beta1, float beta2, float epsilon, float weightDecay, int step) {}
