package nanochat.objective;

/// By how much an answer is better than the others to the same question (docs/formulas.md#reinforcement).
public sealed interface Advantages {
    /// Is added to the standard deviation (TRL).
    double EPSILON = 1e-4;

    /// The advantage of each answer of one group. Where all rewards are equal, all are exactly 0.
    ///
    /// @param rewards finite, at least one
    double[] of(double[] rewards);

    /// Whether all rewards of a group are equal: then there is nothing to learn from it.
    static boolean areEqual(double[] rewards) {
        for (double reward : rewards) {
            if (reward != rewards[0]) {
                return false;
            }
        }
        return true;
    }

    /// The reward less the group's mean (nanochat; Dr. GRPO).
    record Centred() implements Advantages {
        @Override
        public double[] of(double[] rewards) {
            double[] advantages = new double[rewards.length];
            if (areEqual(rewards)) { // whatever their mean is rounded to
                return advantages;
            }
            double sum = 0;
            for (double reward : rewards) {
                sum += reward;
            }
            for (int i = 0; i < rewards.length; i++) {
                advantages[i] = rewards[i] - sum / rewards.length;
            }
            return advantages;
        }
    }

    /// The same, divided by the group's standard deviation, of a sample (n - 1), plus epsilon (GRPO).
    record Standardised(double epsilon) implements Advantages {
        @Override
        public double[] of(double[] rewards) {
            double[] advantages = new Centred().of(rewards);
            double squares = 0;
            for (double advantage : advantages) {
                squares += advantage * advantage;
            }
            if (squares == 0) {
                return advantages;
            }
            double deviation = Math.sqrt(squares / (rewards.length - 1));
            for (int i = 0; i < advantages.length; i++) {
                advantages[i] /= deviation + epsilon;
            }
            return advantages;
        }
    }
}
