package nanochat.selftest;

import nanochat.tensor.DType;

/// How far from the recording a model that computes in some type may be.
sealed interface Bounds {
    static Bounds of(DType computeType) {
        return switch (computeType) {
            case F32 -> new Exact();
            case BF16 -> new Rounded();
            case I32 -> throw new IllegalArgumentException("a model does not compute in " + computeType);
        };
    }

    /// Of the largest difference, in parts of the largest recorded value.
    double logits();

    /// Likewise.
    double losses();

    /// Of the largest difference of log-probabilities, in parts of the largest recorded one.
    double logProbabilities();

    /// Likewise of the losses and gradient norms of reinforcement and preferences, which add tokens up with either sign.
    double signedLosses();

    /// Of [#gradientError].
    double gradients();

    /// The error of one tensor's gradient.
    ///
    /// @param least sizes below it are taken for it: a gradient that is zero but for rounding is not compared with itself
    double gradientError(float[] actual, float[] expected, double least);

    /// F32, as the recording was made: only the order of sums differs.
    record Exact() implements Bounds {
        @Override
        public double logits() {
            return 1e-5;
        }

        @Override
        public double losses() {
            return 1e-5;
        }

        @Override
        public double logProbabilities() {
            return 1e-5;
        }

        @Override
        public double signedLosses() {
            return 1e-4;
        }

        @Override
        public double gradients() {
            return 1e-4;
        }

        @Override
        public double gradientError(float[] actual, float[] expected, double least) {
            return Deviation.share(Deviation.largest(actual, expected), Math.max(Deviation.largest(expected), least));
        }
    }

    /// Products of bfloat16. What happens after the first update is compared by the loss alone: an update hangs on the sign of gradients, and
    /// rounding turns some.
    record Rounded() implements Bounds {
        @Override
        public double logits() {
            return 5e-2;
        }

        @Override
        public double losses() {
            return 2e-2;
        }

        @Override
        public double logProbabilities() {
            return 2e-2;
        }

        @Override
        public double signedLosses() {
            return 5e-2;
        }

        @Override
        public double gradients() {
            return 5e-2;
        }

        @Override
        public double gradientError(float[] actual, float[] expected, double least) {
            return Deviation.share(Deviation.norm(actual, expected), Math.max(Deviation.norm(expected), least));
        }
    }
}
