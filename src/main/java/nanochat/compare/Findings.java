package nanochat.compare;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import nanochat.objective.Likelihood;
import nanochat.objective.ObjectiveChoice;

/// What a comparison has found so far.
///
/// @param seeds how many trainings of each objective were asked for
public record Findings(Conditions conditions, int seeds, List<Standing> standings) {
    public Findings {
        standings = List.copyOf(standings);
    }

    /// What is known of an objective.
    ///
    /// @param sweep trainings that tried learning rates, by rate
    /// @param runs as many as are finished
    public record Standing(ObjectiveChoice objective, List<Outcome> sweep, List<Run> runs) {
        public Standing {
            sweep = List.copyOf(sweep);
            runs = List.copyOf(runs);
        }

        /// A figure over all runs that have it.
        Optional<Spread> spread(Function<Run, Optional<Double>> figure) {
            return Spread.of(runs.stream().flatMap(run -> figure.apply(run).stream()).toList());
        }

        Optional<Spread> bitsPerByte() {
            return spread(run -> run.heldOut.flatMap(text -> text.measured().bitsPerByte()));
        }

        Optional<Spread> bound() {
            return spread(run -> run.heldOut.flatMap(text -> text.measured().bitsPerByteBound()));
        }

        /// Nats of a predicted token, by the objective's own measure.
        Optional<Spread> loss() {
            return spread(run -> run.heldOut.map(text -> text.measured().loss()));
        }

        Likelihood likelihood() {
            return objective.likelihood();
        }

        /// FLOPs that finding the learning rate took.
        double sweepFlops() {
            return sweep.stream().mapToDouble(Outcome::flops).sum();
        }

        double sweepSeconds() {
            return sweep.stream().mapToDouble(Outcome::seconds).sum();
        }
    }

    /// A training to the end, and what was measured of its model so far.
    public record Run(long seed, Outcome outcome, Optional<HeldOutText> heldOut) {}

    /// What a folder holds, of these objectives.
    ///
    /// @throws nanochat.io.BadInputException when there is no comparison, or it cannot be read
    public static Findings read(Path folder, List<ObjectiveChoice> objectives, int seeds) {
        return of(Ledger.read(folder), objectives, seeds);
    }

    static Findings of(Ledger ledger, List<ObjectiveChoice> objectives, int seeds) {
        return new Findings(ledger.conditions(), seeds, objectives.stream().map(objective -> standing(ledger, objective, seeds)).toList());
    }

    private static Standing standing(Ledger ledger, ObjectiveChoice objective, int seeds) {
        List<Run> runs = LongStream.rangeClosed(1, seeds).mapToObj(seed -> Trial.run(objective, 1, seed)).flatMap(trial -> ledger.find(trial
                .key(), Outcome.class).stream().map(outcome -> new Run(trial.seed(), outcome, ledger.find(likelihoodKey(trial),
                        HeldOutText.class)))).toList();
        return new Standing(objective, sweep(ledger, objective), runs);
    }

    /// All trainings that tried a learning rate for an objective, by rate.
    private static List<Outcome> sweep(Ledger ledger, ObjectiveChoice objective) {
        String prefix = Trial.sweepPrefix(objective);
        return ledger.keys().filter(key -> key.startsWith(prefix)).flatMap(key -> ledger.find(key, Outcome.class).stream()).sorted(
                Comparator.comparingDouble(Outcome::rate)).toList();
    }

    /// The learning rate that did best for an objective.
    static double bestRate(Ledger ledger, ObjectiveChoice objective) {
        return best(sweep(ledger, objective)).map(Outcome::rate).orElse(1.0);
    }

    /// The training with the lowest last measurement.
    static Optional<Outcome> best(List<Outcome> sweep) {
        return sweep.stream().min(Comparator.comparingDouble(Outcome::value));
    }

    static String likelihoodKey(Trial trial) {
        return trial.key() + "/likelihood";
    }

    /// Those of one kind of likelihood, which alone can be compared by it.
    Stream<Standing> of(Likelihood likelihood) {
        return standings.stream().filter(standing -> standing.likelihood() == likelihood);
    }
}
