package nanochat.objective;

import java.util.Arrays;

/// How the losses of a step's sampled tokens become one: what each token of a row counts (docs/formulas.md#reinforcement).
public enum Normalization {
    /// All tokens of the step alike, a mean over them: long answers count more (nanochat; DAPO).
    TOKEN,
    /// All rows alike, each by the mean over its tokens: a token counts less in a long answer (GRPO).
    ROW,
    /// All tokens alike, by a number that does not depend on how long the answers are (Dr. GRPO).
    LENGTH;

    /// What each token counts, row by row.
    ///
    /// @param tokens how many count, of every row of the step
    /// @param longest tokens that a row can have
    /// @return for each row; 0 where it has no token
    public double[] shares(int[] tokens, int longest) {
        if (longest < 1) {
            throw new IllegalArgumentException("rows are taken to have " + longest + " tokens");
        }
        long all = Arrays.stream(tokens).asLongStream().sum();
        return Arrays.stream(tokens).mapToDouble(count -> count == 0 ? 0 : 1 / switch (this) {
            case TOKEN -> (double) all;
            case ROW -> (double) tokens.length * count;
            case LENGTH -> (double) tokens.length * longest;
        }).toArray();
    }
}
