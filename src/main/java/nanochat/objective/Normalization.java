package nanochat.objective;

import java.util.Arrays;

/// How the losses of a step's sampled tokens become one: what each token of a row counts (docs/formulas.md#reinforcement).
public sealed interface Normalization {
    /// What each token counts, row by row.
    ///
    /// @param tokens how many count, of every row of the step
    /// @return for each row; 0 where it has no token
    double[] shares(int[] tokens);

    /// All tokens of the step alike, a mean over them: long answers count more (nanochat; DAPO).
    record PerToken() implements Normalization {
        @Override
        public double[] shares(int[] tokens) {
            long all = Arrays.stream(tokens).asLongStream().sum();
            return Arrays.stream(tokens).mapToDouble(count -> count == 0 ? 0 : 1.0 / all).toArray();
        }
    }

    /// All rows alike, each by the mean over its tokens: a token counts less in a long answer (GRPO).
    record PerRow() implements Normalization {
        @Override
        public double[] shares(int[] tokens) {
            return Arrays.stream(tokens).mapToDouble(count -> count == 0 ? 0 : 1.0 / ((double) tokens.length * count)).toArray();
        }
    }

    /// All tokens alike, by a number that does not depend on how long the answers are (Dr. GRPO).
    ///
    /// @param length tokens that a row is taken to have
    record PerLength(int length) implements Normalization {
        public PerLength {
            if (length < 1) {
                throw new IllegalArgumentException("rows are taken to have " + length + " tokens");
            }
        }

        @Override
        public double[] shares(int[] tokens) {
            return Arrays.stream(tokens).mapToDouble(count -> count == 0 ? 0 : 1.0 / ((double) tokens.length * length)).toArray();
        }
    }
}
