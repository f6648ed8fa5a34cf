package nanochat.eval;

/// pass@k: the chance that at least one of k replies to a question is right.
public final class PassAt {
    private PassAt() {
    }

    /// The unbiased estimate from `samples` replies of which `right` were right: 1 - C(samples - right, k) / C(samples, k), as the HumanEval paper
    /// has it (Chen et al. 2021, section 2.1); without ever forming the binomials.
    ///
    /// @param k at most `samples`
    public static double estimate(int samples, int right, int k) {
        if (k < 1 || k > samples || right < 0 || right > samples) {
            throw new IllegalArgumentException("pass@" + k + " of " + samples + " samples, " + right + " right");
        }
        // the chance that k replies drawn without putting back are all wrong
        double allWrong = 1;
        for (int drawn = 0; drawn < k; drawn++) {
            allWrong *= Math.max(0, samples - right - drawn) / (double) (samples - drawn);
        }
        return 1 - allWrong;
    }
}
