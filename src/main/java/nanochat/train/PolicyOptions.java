package nanochat.train;

import com.fasterxml.jackson.annotation.JsonAlias;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.objective.Advantages;
import nanochat.objective.Normalization;
import nanochat.objective.PolicyLoss;
import nanochat.objective.PolicyLoss.Surrogate;

/// What is made of rewarded answers: the choices in which the well-known recipes differ (docs/formulas.md#reinforcement).
///
/// @param clip between which ratios of probabilities an answer is learned from; empty for no ratio at all
/// @param updatesPerStep how often the weights are updated by the same answers
/// @param klCoefficient how much each nat of distance to the model that the run began with costs; 0: nothing
/// @param standardised whether advantages are divided by the standard deviation of their group
/// @param normalization what a token counts
/// @param resamplings how often, at most, groups whose answers were all worth the same are replaced by other problems' in a step
/// @param lengthPenalty over how many tokens before the longest answer the reward falls by 1; 0: it does not
public record PolicyOptions(Optional<Clip> clip, int updatesPerStep, double klCoefficient, boolean standardised,
        @JsonAlias("normalisation") Normalization normalization, int resamplings, int lengthPenalty) {
    /// Bounds of the ratio: from 1 - low to 1 + high.
    public record Clip(double low, double high) {
        public Clip {
            if (!(low >= 0 && low < 1 && high >= 0 && high < Double.POSITIVE_INFINITY)) {
                throw BadInputException.about("%s must be at least 0 and below 1 and %s at least 0; they are %s and %s",
                        RunSettings.CLIP_LOW,
                        RunSettings.CLIP_HIGH, low, high);
            }
        }
    }

    public PolicyOptions {
        RunSettings.atLeast(1, updatesPerStep, RunSettings.UPDATES_PER_STEP);
        if (!(klCoefficient >= 0 && klCoefficient < Double.POSITIVE_INFINITY)) {
            throw BadInputException.about("%s must be a number that is not negative, is %s", RunSettings.KL_COEFFICIENT, klCoefficient);
        }
        if (resamplings < 0) {
            throw BadInputException.about("%s must not be negative, is %d", RunSettings.RESAMPLINGS, resamplings);
        }
        if (lengthPenalty < 0) {
            throw BadInputException.about("%s must not be negative, is %d", RunSettings.LENGTH_PENALTY, lengthPenalty);
        }
    }

    Advantages advantages() {
        return standardised ? new Advantages.Standardised(Advantages.EPSILON) : new Advantages.Centred();
    }

    PolicyLoss loss() {
        return new PolicyLoss(clip.<Surrogate>map(bounds -> new Surrogate.ClippedRatio(bounds.low, bounds.high))
                .orElseGet(Surrogate.LogProbability::new), klCoefficient);
    }

    /// What an answer loses for coming near the longest that is allowed (Yu et al. 2025, DAPO, equation 13).
    ///
    /// @param length of the answer, in tokens
    /// @param longest that an answer can be
    double penalty(int length, int longest) {
        return lengthPenalty == 0 ? 0 : Math.clamp((double) (length - (longest - lengthPenalty)) / lengthPenalty, 0, 1);
    }
}
