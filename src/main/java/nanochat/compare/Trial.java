package nanochat.compare;

import java.util.Locale;
import nanochat.objective.ObjectiveChoice;

/// A training of a comparison.
///
/// @param rate which multiple of the usual learning rates
/// @param seed of the initial weights, and of what the objective hides
public record Trial(ObjectiveChoice objective, Purpose purpose, double rate, long seed) {
    /// In the names of all trainings that try a learning rate.
    static final String RATE = "-rate-";

    /// Of all trainings that try a learning rate; no run has it.
    private static final long SEED_OF_SWEEPS = 0;

    /// What it is for.
    public enum Purpose {
        /// To find out how good a learning rate is.
        SWEEP,
        /// To be compared.
        RUN,
        /// To see what the model of a run is worth as a beginning: it goes on with the next token.
        CONTINUED
    }

    static Trial sweep(ObjectiveChoice objective, double rate) {
        return new Trial(objective, Purpose.SWEEP, rate, SEED_OF_SWEEPS);
    }

    /// @param seed from 1
    static Trial run(ObjectiveChoice objective, double rate, long seed) {
        return new Trial(objective, Purpose.RUN, rate, seed);
    }

    /// From the model of a run.
    ///
    /// @param rate that suits the next token
    static Trial continued(Trial run, double rate) {
        return new Trial(run.objective, Purpose.CONTINUED, rate, run.seed);
    }

    /// The run whose model a continuation begins with.
    Trial origin() {
        return new Trial(objective, Purpose.RUN, rate, seed);
    }

    /// What is predicted in it.
    ObjectiveChoice trained() {
        return switch (purpose) {
            case SWEEP, RUN -> objective;
            case CONTINUED -> ObjectiveChoice.nextToken();
        };
    }

    double flops(Conditions conditions) {
        return switch (purpose) {
            case SWEEP -> conditions.sweepShare() * conditions.targetFlops();
            case RUN -> conditions.targetFlops();
            case CONTINUED -> conditions.continueShare() * conditions.targetFlops();
        };
    }

    /// Its name among the results, and of its folder.
    String key() {
        return switch (purpose) {
            case SWEEP -> sweepPrefix(objective) + rate;
            case RUN -> objective.title() + "-seed-" + seed;
            case CONTINUED -> objective.title() + "-seed-" + seed + "-continued";
        };
    }

    /// The name of something that is measured of its model.
    String key(String yardstick) {
        return key() + "/" + yardstick;
    }

    /// How the names of all trainings begin that try a learning rate for an objective.
    static String sweepPrefix(ObjectiveChoice objective) {
        return objective.title() + RATE;
    }

    /// For people.
    String title() {
        return switch (purpose) {
            case SWEEP -> String.format(Locale.ROOT, "%s, trying %.3g of the usual learning rates", objective.title(), rate);
            case RUN -> objective.title() + ", seed " + seed;
            case CONTINUED -> "next-token after " + objective.title() + ", seed " + seed;
        };
    }
}
