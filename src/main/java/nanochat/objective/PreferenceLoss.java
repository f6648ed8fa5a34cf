package nanochat.objective;

/// The loss of a pair of answers of which one is preferred (docs/formulas.md#preferences), a function of its margin h: by how much more the model has
/// come to prefer the chosen answer to the rejected one than the reference does.
///
/// @param kind which function, and what the log-probability of an answer is
/// @param beta how strongly the model is held to the reference
public record PreferenceLoss(Kind kind, double beta) {
    /// The losses there are.
    public enum Kind {
        /// -log sigmoid(beta h), log-probabilities summed over an answer's tokens (Rafailov et al. 2023, equation 7).
        DPO(0.1),
        /// The same with their mean over the tokens, so that a long answer is worth no more than a short one; beta is larger by about the length of an
        /// answer (Lambert et al. 2024, Tülu 3, section 5).
        DPO_NORM(5),
        /// (h - 1 / (2 beta))^2 with the mean over the tokens: a margin that is large enough is not pushed any further (Azar et al. 2023, equation
        /// 17; the mean as TRL takes it).
        IPO(0.1);

        private final double usualBeta;

        Kind(double usualBeta) {
            this.usualBeta = usualBeta;
        }

        public double usualBeta() {
            return usualBeta;
        }

        boolean isPerToken() {
            return this != DPO;
        }
    }

    public PreferenceLoss {
        if (!(beta > 0 && Double.isFinite(beta))) {
            throw new IllegalArgumentException("beta must be above 0, is " + beta);
        }
    }

    /// What an answer's log-probability counts for one of its tokens.
    ///
    /// @param tokens of the answer
    double share(int tokens) {
        return kind.isPerToken() ? 1.0 / Math.max(1, tokens) : 1;
    }

    /// The loss of a margin.
    double at(double margin) {
        return switch (kind) {
            case DPO, DPO_NORM -> Math.log1p(Math.exp(-Math.abs(beta * margin))) + Math.max(0, -beta * margin);
            case IPO -> square(margin - 1 / (2 * beta));
        };
    }

    /// Its derivative.
    double slopeAt(double margin) {
        return switch (kind) {
            case DPO, DPO_NORM -> -beta / (1 + Math.exp(beta * margin));
            case IPO -> 2 * (margin - 1 / (2 * beta));
        };
    }

    private static double square(double x) {
        return x * x;
    }
}
