package nanochat.objective;

import java.util.List;

/// One of the seven ways in which UL2 takes a text apart (docs/objectives.md#ul2).
///
/// @param mode its token stands before the text
/// @param spanLength tokens of a hidden span, in the mean; not read in mode S
/// @param rate share of the text's tokens that is hidden, in the mean
record Denoiser(Mode mode, double spanLength, double rate) {
    /// Table 1 of arXiv 2205.05131, each as often as the others. Mode S hides half of a text in the mean and not a quarter, see the document.
    static final List<Denoiser> ALL = List.of(new Denoiser(Mode.R, 3, 0.15), new Denoiser(Mode.R, 8, 0.15),
            new Denoiser(Mode.S, Double.POSITIVE_INFINITY, 0.5), new Denoiser(Mode.X, 3, 0.5), new Denoiser(Mode.X, 8, 0.5),
            new Denoiser(Mode.X, 64, 0.15), new Denoiser(Mode.X, 64, 0.5));

    /// What kind of task a text is.
    enum Mode {
        /// Regular: short spans, few of them.
        R,
        /// Sequential: what follows a prefix.
        S,
        /// Extreme: long spans, or many.
        X
    }

    /// How many of a text's tokens are hidden.
    ///
    /// @param tokens of the text, at least 2
    int hidden(int tokens) {
        return Math.clamp(Math.round(rate * tokens), 1, tokens - 1);
    }

    /// In how many spans, of modes R and X.
    int spans(int tokens) {
        int hidden = hidden(tokens);
        int wanted = Math.clamp(Math.round(hidden / spanLength), 1, Ul2Tokens.SENTINELS - 1);
        return Math.min(wanted, Math.min(hidden, tokens - hidden));
    }

    /// The share of a long row's positions that predict something.
    double predictedShare() {
        return mode == Mode.S ? rate : rate * (1 + 1 / spanLength) / (1 + 2 * rate / spanLength);
    }
}
