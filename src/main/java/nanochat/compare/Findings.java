package nanochat.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.objective.Likelihood;
import nanochat.objective.ObjectiveChoice;

/// What a comparison has found so far.
///
/// @param seeds how many trainings of each objective were asked for
/// @param untrained what can be read off a model that has learned nothing
public record Findings(Conditions conditions, int seeds, List<Standing> standings, Optional<Probe> untrained) {
    static final String LIKELIHOOD = "likelihood";
    static final String PROBE = "probe";
    static final String WRITING = "writing";
    /// Of a model that has learned nothing.
    static final String UNTRAINED_PROBE = "untrained/probe";

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

        /// The share of blanks that are filled rightly.
        public Optional<Spread> cloze() {
            return spread(run -> run.cloze().map(Cloze::share));
        }

        /// The mean accuracy of all linear probes.
        public Optional<Spread> probe() {
            return spread(run -> run.probe.map(Probe::mean));
        }

        /// Bits per byte after going on with the next token.
        public Optional<Spread> continued() {
            return spread(run -> run.continued.flatMap(text -> text.measured().bitsPerByte()));
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
    ///
    /// @param writing empty where its objective writes nothing
    /// @param continued after going on with the next token
    /// @param blanks how many questions were answered rightly on the way, the last ones by the finished model; empty where its objective answers none
    public record Run(long seed, Outcome outcome, Optional<HeldOutText> heldOut, List<Moment> blanks, Optional<Probe> probe,
            Optional<Writing> writing, Optional<HeldOutText> continued) {
        public Run {
            blanks = List.copyOf(blanks);
        }

        /// By the finished model.
        Optional<Cloze> cloze() {
            return blanks.isEmpty() || blanks.getLast().step != outcome.steps() ? Optional.empty() : Optional.of(blanks.getLast().cloze);
        }

        /// When `share` of the questions were first answered rightly, between two measurements in proportion.
        ///
        /// @param guessed by who knows nothing, at the beginning
        Optional<Double> secondsTo(double share, double guessed) {
            double before = guessed;
            double since = 0;
            for (Moment moment : blanks) {
                double now = moment.cloze.share();
                if (now >= share) {
                    return Optional.of(since + (moment.seconds - since) * (now == before
                            ? 1
                            : Math.max(0, (share - before) / (now
                                    - before))));
                }
                before = now;
                since = moment.seconds;
            }
            return Optional.empty();
        }
    }

    /// What a model knew on its way.
    public record Moment(int step, double seconds, Cloze cloze) {}

    /// What a folder holds, of these objectives.
    ///
    /// @throws nanochat.io.BadInputException when there is no comparison, or it cannot be read
    public static Findings read(Path folder, List<ObjectiveChoice> objectives, int seeds) {
        return of(Ledger.read(folder), objectives, seeds);
    }

    /// What a folder holds, of all objectives and seeds.
    ///
    /// @throws nanochat.io.BadInputException when there is no comparison, or it cannot be read
    public static Findings read(Path folder) {
        Ledger ledger = Ledger.read(folder);
        List<ObjectiveChoice> objectives = ledger.keys().flatMap(key -> key.contains(Trial.RATE)
                ? ledger.find(key, Outcome.class).stream()
                : Stream.empty()).map(Outcome::objective).distinct().toList();
        int seeds = (int) objectives.stream().mapToLong(objective -> IntStream.iterate(1, seed -> ledger.find(Trial.run(objective, 1, seed)
                .key(), Outcome.class).isPresent(), seed -> seed + 1).count()).max().orElse(0);
        return of(ledger, objectives, seeds);
    }

    /// The comparison that was worked on last; empty where there is none.
    ///
    /// @param comparisons where comparisons have their folders
    public static Optional<Findings> latest(Path comparisons) {
        if (!Files.isDirectory(comparisons)) {
            return Optional.empty();
        }
        try (Stream<Path> folders = Files.list(comparisons)) {
            return folders.filter(folder -> Files.exists(results(folder))).max(Comparator.comparingLong(folder -> results(folder).toFile()
                    .lastModified())).map(Findings::read);
        } catch (IOException e) {
            throw new BadInputException("Cannot list " + comparisons + ": " + e.getMessage(), e);
        }
    }

    private static Path results(Path folder) {
        return folder.resolve(Ledger.FILE_NAME);
    }

    static Findings of(Ledger ledger, List<ObjectiveChoice> objectives, int seeds) {
        return new Findings(ledger.conditions(), seeds, objectives.stream().map(objective -> standing(ledger, objective, seeds)).toList(),
                ledger.find(UNTRAINED_PROBE, Probe.class));
    }

    private static Standing standing(Ledger ledger, ObjectiveChoice objective, int seeds) {
        List<Run> runs = LongStream.rangeClosed(1, seeds).mapToObj(seed -> Trial.run(objective, 1, seed)).flatMap(trial -> ledger.find(trial
                .key(), Outcome.class).stream().map(outcome -> run(ledger, trial, outcome))).toList();
        return new Standing(objective, sweep(ledger, objective), runs);
    }

    private static Run run(Ledger ledger, Trial trial, Outcome outcome) {
        List<Moment> moments = IntStream.rangeClosed(1, outcome.steps()).boxed().flatMap(step -> ledger.find(trial.key(clozeAt(step)),
                Cloze.class).stream().map(cloze -> new Moment(step, outcome.secondsAt(step), cloze))).toList();
        return new Run(trial.seed(), outcome, ledger.find(trial.key(LIKELIHOOD), HeldOutText.class), moments, ledger.find(trial.key(PROBE),
                Probe.class), ledger.find(trial.key(WRITING), Writing.class), ledger.find(Trial.continued(trial, 1).key(LIKELIHOOD),
                        HeldOutText.class));
    }

    static String clozeAt(int step) {
        return "cloze-after-" + step;
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

    /// Those of one kind of likelihood, which alone can be compared by it.
    Stream<Standing> of(Likelihood likelihood) {
        return standings.stream().filter(standing -> standing.likelihood() == likelihood);
    }
}
