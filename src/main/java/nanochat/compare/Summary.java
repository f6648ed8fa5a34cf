package nanochat.compare;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import nanochat.compare.Findings.Run;
import nanochat.compare.Findings.Standing;

/// What a comparison found, for programs: means over the seeds, and beneath them each run.
///
/// @param finished whether everything is known
/// @param seconds spent in all trainings
public record Summary(boolean finished, double targetFlops, List<Entry> objectives, double seconds) {
    /// An objective.
    ///
    /// @param flops of one run, everything counted
    /// @param seconds of one run's steps
    /// @param bitsPerByte exact; absent where the objective defines none
    /// @param bound of bits per byte, above the true figure; absent where it gives none
    /// @param loss nats of a predicted token by its own measure: not comparable between objectives
    /// @param cloze share of the blanks that are filled rightly; guessing gives a quarter
    /// @param probe mean accuracy of the linear probes
    /// @param generation absent where it writes nothing
    /// @param continuedBitsPerByte after going on with the next token
    /// @param seeds how many runs are finished
    /// @param learningRate the multiple of the usual rates that did best
    /// @param sweepFlops what finding it took
    public record Entry(String name, String likelihood, double flops, double seconds, double tokensPerSecond, Optional<Long> memoryBytes,
            Optional<Double> bitsPerByte, Optional<Double> bound, Optional<Double> loss, Optional<Double> cloze, Optional<Double> probe,
            Optional<Generation> generation, Optional<Double> continuedBitsPerByte, int seeds, Optional<Double> learningRate,
            double sweepFlops, double sweepSeconds, List<Run> runs) {
        private static Entry of(Standing standing) {
            return new Entry(standing.objective().title(), standing.likelihood().name().toLowerCase(Locale.ROOT), mean(standing,
                    Outcome::flops), mean(standing, Outcome::seconds), mean(standing, Outcome::tokensPerSecond), standing.runs().stream()
                            .flatMap(run -> run.outcome().memoryBytes().stream()).max(Long::compare), standing.bitsPerByte().map(
                                    Spread::mean), standing.bound().map(Spread::mean), standing.loss().map(Spread::mean), standing.cloze()
                                            .map(Spread::mean), standing.probe().map(Spread::mean), Generation.of(standing), standing
                                                    .continued().map(Spread::mean), standing.runs()
                                                            .size(), Findings.best(standing.sweep()).map(Outcome::rate), standing
                                                                    .sweepFlops(),
                    standing
                            .sweepSeconds(), standing.runs());
        }

        private static double mean(Standing standing, ToDoubleFunction<Outcome> figure) {
            OptionalDouble mean = standing.runs().stream().map(Run::outcome).mapToDouble(figure).average();
            return mean.orElse(0);
        }
    }

    /// What it writes.
    ///
    /// @param facts share of sentences that end rightly
    /// @param judgedBitsPerByte under the judge; absent without one
    /// @param distinct share of 3-grams that are new
    /// @param gaps share of a gap's tokens that are filled as they were
    public record Generation(Optional<Double> facts, Optional<Double> judgedBitsPerByte, double distinct, double gaps,
            double secondsPerText) {
        private static Optional<Generation> of(Standing standing) {
            return standing.spread(run -> run.writing().map(Writing::distinct)).map(distinct -> new Generation(mean(standing, run -> run
                    .writing().flatMap(Writing::facts)), mean(standing, run -> run.writing().flatMap(Writing::judgedBitsPerByte)), distinct
                            .mean(), mean(standing, run -> run.writing().map(Writing::gaps)).orElseThrow(), mean(standing, run -> run
                                    .writing().map(Writing::secondsPerText)).orElseThrow()));
        }

        private static Optional<Double> mean(Standing standing, Function<Run, Optional<Double>> figure) {
            return standing.spread(figure).map(Spread::mean);
        }
    }

    static Summary of(Findings findings, boolean finished) {
        return new Summary(finished, findings.conditions().targetFlops(), findings.standings().stream().map(Entry::of).toList(), findings
                .standings().stream().mapToDouble(standing -> standing.sweepSeconds() + standing.runs().stream().mapToDouble(run -> run
                        .outcome().seconds()).sum()).sum());
    }
}
