package nanochat.compare;

import java.util.Locale;
import nanochat.objective.ObjectiveChoice;

/// A training of a comparison.
///
/// @param rate which multiple of the usual learning rates
/// @param seed of the initial weights, and of what the objective hides
public record Trial(ObjectiveChoice objective, Purpose purpose, double rate, long seed) {
    /// Of all trainings that try a learning rate; no run has it.
    private static final long SEED_OF_SWEEPS = 0;

    /// What it is for.
    public enum Purpose {
        /// To find out how good a learning rate is.
        SWEEP,
        /// To be compared.
        RUN
    }

    static Trial sweep(ObjectiveChoice objective, double rate) {
        return new Trial(objective, Purpose.SWEEP, rate, SEED_OF_SWEEPS);
    }

    /// @param seed from 1
    static Trial run(ObjectiveChoice objective, double rate, long seed) {
        return new Trial(objective, Purpose.RUN, rate, seed);
    }

    double flops(Conditions conditions) {
        return switch (purpose) {
            case SWEEP -> conditions.sweepShare() * conditions.targetFlops();
            case RUN -> conditions.targetFlops();
        };
    }

    /// Its name among the results, and of its folder.
    String key() {
        return switch (purpose) {
            case SWEEP -> sweepPrefix(objective) + rate;
            case RUN -> objective.title() + "-seed-" + seed;
        };
    }

    /// How the names of all trainings begin that try a learning rate for an objective.
    static String sweepPrefix(ObjectiveChoice objective) {
        return objective.title() + "-rate-";
    }

    /// For people.
    String title() {
        return switch (purpose) {
            case SWEEP -> String.format(Locale.ROOT, "%s, trying %.3g of the usual learning rates", objective.title(), rate);
            case RUN -> objective.title() + ", seed " + seed;
        };
    }
}
