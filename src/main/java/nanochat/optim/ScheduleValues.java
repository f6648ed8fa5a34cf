package nanochat.optim;

/// What a schedule says for one step.
///
/// @param learningRateMultiplier of every group's initial learning rate
/// @param muonMomentum share of Muon's momentum that is kept
/// @param weightDecayMultiplier of the Muon groups' weight decay
public record ScheduleValues(double learningRateMultiplier, double muonMomentum, double weightDecayMultiplier) {}
