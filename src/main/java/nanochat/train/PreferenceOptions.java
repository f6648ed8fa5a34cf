package nanochat.train;

import java.util.Optional;
import nanochat.objective.PreferenceLoss;
import nanochat.tensor.DType;

/// What a user decides about learning from preferences; the rest is inherited.
///
/// @param iterations steps; empty for as many as the epochs take
/// @param epochs how often to go through the pairs
/// @param pairsPerStep of one update
/// @param rows of a micro-batch, where they are as long as the context; two make a pair
/// @param initialLearningRateFraction the learning rates at the start, as a share of those of pretraining
/// @param evaluateEvery steps from one validation to the next; not above 0: never
/// @param saveEvery likewise of checkpoints
/// @param seed decides the order of the pairs
public record PreferenceOptions(PreferenceLoss loss, Optional<Integer> iterations, int epochs, int pairsPerStep, int rows,
        double initialLearningRateFraction, int evaluateEvery, int saveEvery, long seed, DType compute) {}
