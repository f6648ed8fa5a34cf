package nanochat.objective;

/// What one sampled token adds to the loss of a policy gradient (docs/formulas.md#reinforcement). Beside its advantage A it knows three
/// log-probabilities of the token: p now, o when it was sampled, f under the reference.
///
/// @param surrogate what stands for the reward
/// @param klWeight how much is added for each nat by which the model has left the reference; 0: it is free to
public record PolicyLoss(Surrogate surrogate, double klWeight) {
    /// What is as large as the expected advantage, and has its gradient.
    public sealed interface Surrogate {
        /// p A: right for what the model itself has just sampled (Williams 1992, REINFORCE).
        record LogProbability() implements Surrogate {}

        /// min(q A, clamp(q, 1 - below, 1 + above) A) with q = exp(p - o): right also after some updates, and no further (Schulman et al. 2017, PPO,
        /// equation 7). More room above than below is DAPO's clip-higher (Yu et al. 2025, section 3.1).
        record ClippedRatio(double below, double above) implements Surrogate {
            public ClippedRatio {
                if (!(below >= 0 && below < 1 && above >= 0 && Double.isFinite(above))) {
                    throw new IllegalArgumentException("a ratio is clipped at 1 - " + below + " and 1 + " + above);
                }
            }
        }
    }

    public PolicyLoss {
        if (!(klWeight >= 0 && Double.isFinite(klWeight))) {
            throw new IllegalArgumentException("the weight of the KL term is " + klWeight);
        }
    }

    /// Whether the gradient is known before the model is asked for p.
    boolean isLinear() {
        return klWeight == 0 && surrogate instanceof Surrogate.LogProbability;
    }

    /// The token's loss.
    double at(double p, double o, double f, double advantage) {
        double gain = switch (surrogate) {
            case Surrogate.LogProbability _ -> p * advantage;
            case Surrogate.ClippedRatio(double below, double above) -> {
                double ratio = Math.exp(p - o);
                yield Math.min(ratio * advantage, Math.clamp(ratio, 1 - below, 1 + above) * advantage);
            }
        };
        return klWeight == 0 ? -gain : klWeight * divergence(p, f) - gain;
    }

    /// Its derivative by p.
    double slopeAt(double p, double o, double f, double advantage) {
        double gain = switch (surrogate) {
            case Surrogate.LogProbability _ -> advantage;
            case Surrogate.ClippedRatio _ -> isClipped(p, o, advantage) ? 0 : Math.exp(p - o) * advantage;
        };
        return klWeight == 0 ? -gain : klWeight * (1 - Math.exp(f - p)) - gain;
    }

    /// Whether the ratio has gone so far to where the advantage pulls it that nothing pulls any more.
    boolean isClipped(double p, double o, double advantage) {
        return switch (surrogate) {
            case Surrogate.LogProbability _ -> false;
            case Surrogate.ClippedRatio(double below, double above) -> {
                double ratio = Math.exp(p - o);
                yield advantage > 0 && ratio > 1 + above || advantage < 0 && ratio < 1 - below;
            }
        };
    }

    /// exp(f - p) - (f - p) - 1: never negative, and on tokens that the model samples its mean is the divergence KL(now || reference) (Schulman
    /// 2020, estimator k3).
    static double divergence(double p, double f) {
        return Math.expm1(f - p) - (f - p);
    }
}
