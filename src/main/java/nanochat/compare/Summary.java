package nanochat.compare;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
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
    /// @param seeds how many runs are finished
    /// @param learningRate the multiple of the usual rates that did best
    /// @param sweepFlops what finding it took
    public record Entry(String name, String likelihood, double flops, double seconds, double tokensPerSecond, Optional<Long> memoryBytes,
            Optional<Double> bitsPerByte, Optional<Double> bound, Optional<Double> loss, int seeds, Optional<Double> learningRate,
            double sweepFlops, double sweepSeconds, List<Run> runs) {
        private static Entry of(Standing standing) {
            return new Entry(standing.objective().title(), standing.likelihood().name().toLowerCase(Locale.ROOT), mean(standing,
                    Outcome::flops), mean(standing, Outcome::seconds), mean(standing, Outcome::tokensPerSecond), standing.runs().stream()
                            .flatMap(run -> run.outcome().memoryBytes().stream()).max(Long::compare), standing.bitsPerByte().map(
                                    Spread::mean), standing.bound().map(Spread::mean), standing.loss().map(Spread::mean), standing.runs()
                                            .size(), Findings.best(standing.sweep()).map(Outcome::rate), standing.sweepFlops(), standing
                                                    .sweepSeconds(), standing.runs());
        }

        private static double mean(Standing standing, ToDoubleFunction<Outcome> figure) {
            OptionalDouble mean = standing.runs().stream().map(Run::outcome).mapToDouble(figure).average();
            return mean.orElse(0);
        }
    }

    static Summary of(Findings findings, boolean finished) {
        return new Summary(finished, findings.conditions().targetFlops(), findings.standings().stream().map(Entry::of).toList(), findings
                .standings().stream().mapToDouble(standing -> standing.sweepSeconds() + standing.runs().stream().mapToDouble(run -> run
                        .outcome().seconds()).sum()).sum());
    }
}
