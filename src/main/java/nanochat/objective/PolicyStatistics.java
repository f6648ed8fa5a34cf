package nanochat.objective;

import java.util.Optional;

/// What the rollouts of a step showed, over the tokens whose log-probability was asked for: all of them, but where the loss is linear in it
/// those alone that have an advantage. Without any token all means are 0.
///
/// @param loss of the step
/// @param tokens whose log-probability was asked for
/// @param entropy mean of -p: of what a model samples itself, an estimate of its entropy, in nats a token
/// @param divergence mean of exp(f - p) - (f - p) - 1, likewise of KL(model || reference); empty without a reference
/// @param ratio mean of exp(p - o)
/// @param clipped share of the tokens whose ratio is clipped, so that they add no gradient
/// @param gap mean of |p - o|: in the first epoch of a batch, how far the engine that sampled and the pass that trains are apart
/// @param largestGap the largest |p - o|
public record PolicyStatistics(double loss, long tokens, double entropy, Optional<Double> divergence, double ratio, double clipped,
        double gap, double largestGap) {}
