package nanochat.tensor;

/// The hyper-parameters of one Muon update. The learning rate is before its scaling by sqrt(max(1, rows/columns)).
public record MuonStep(float learningRate, float momentum, float beta2, float weightDecay) {}
