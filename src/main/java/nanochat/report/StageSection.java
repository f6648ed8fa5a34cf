package nanochat.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.io.Progress;
import nanochat.page.Axis;
import nanochat.page.Block;
import nanochat.page.Chart;
import nanochat.page.Chart.Point;
import nanochat.page.Chart.Series;
import nanochat.page.Chart.Style;
import nanochat.page.Document;
import nanochat.page.Thinning;
import nanochat.page.Words;
import nanochat.train.ReinforcementPlan;
import nanochat.train.RolloutMetrics;
import nanochat.train.RunEvent;
import nanochat.train.RunEvent.CoreMeasured;
import nanochat.train.RunEvent.Evaluated;
import nanochat.train.RunEvent.Stepped;

/// How one stage of training went: where it stands, its curves, and where its time went.
final class StageSection {
    /// Where a curve falls below this share of its beginning, an axis that is linear would show its end as a flat line.
    private static final double STEEP = 0.25;

    private final StageRun run;
    private final RunLog log;
    private final Axis steps;

    private StageSection(StageRun run) {
        this.run = run;
        log = run.log();
        steps = Axis.from(0, Math.max(1, Math.max(run.plannedSteps().orElse(0), run.stepsTaken())));
    }

    static Document.Section of(StageRun run, Instant now) {
        StageSection section = new StageSection(run);
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Block.Paragraph(status(run, now)));
        List<Chart> charts = Stream.of(section.reward(), section.passAt(), section.divergence(), section.entropy(), section.lengths(),
                section.loss(), section.bitsPerByte(), section.core(), section.learningRate(), section.throughput())
                .flatMap(Optional::stream).toList();
        if (!charts.isEmpty()) {
            blocks.add(new Block.Charts(charts));
            blocks.add(section.pace());
            blocks.add(section.time());
        }
        blocks.addAll(section.answers());
        return new Document.Section(run.stage().title(), blocks);
    }

    /// Where a run stands, in a sentence or two.
    static String status(StageRun run, Instant now) {
        String at = "step " + Words.whole(run.stepsTaken()) + run.plannedSteps().map(planned -> " of " + Words.whole(planned)).orElse("");
        String sentence = switch (run.status(now)) {
            case FINISHED -> "Finished" + run.lastHeard().map(when -> " on " + Words.moment(when)).orElse("") + ": " + Words.whole(
                    run.stepsTaken()) + " steps" + run.plan().map(plan -> (plan instanceof ReinforcementPlan ? " of at most " : " of ")
                            + Words.whole(plan.totalBatch()) + " tokens").orElse("")
                    + " in " + Words.duration(run.seconds()) + ".";
            case UNDER_WAY -> "Under way: " + at + remaining(run.log()) + ".";
            case INTERRUPTED -> "Interrupted after " + at + "; everything is saved, and it can be resumed.";
            case BROKEN_OFF -> "Broke off after " + at + run.lastHeard().map(when -> ", last heard of on " + Words.moment(when)).orElse("")
                    + (run.log().lastSaved() > 0 ? "; the last checkpoint is of step " + Words.whole(run.log().lastSaved()) : "") + ".";
        };
        return sentence + resumed(run.log()) + unreadable(run.log());
    }

    private static String remaining(RunLog log) {
        return log.steps().isEmpty() ? "" : ", about " + Words.duration(log.steps().getLast().secondsLeft()) + " left";
    }

    private static String resumed(RunLog log) {
        return log.starts().size() < 2
                ? ""
                : " Resumed from step " + log.starts().stream().skip(1).map(start -> Words.whole(start.step())).collect(Collectors.joining(
                        ", "))
                        + ".";
    }

    private static String unreadable(RunLog log) {
        return log.unreadableLines() == 0 ? "" : " Lines of the metrics that could not be read: " + log.unreadableLines() + ".";
    }

    private Optional<Chart> loss() {
        List<Point> raw = stepped(Stepped::loss);
        List<Point> validation = points(log.evaluations(), Evaluated::step,
                e -> e.tokens() > 0 ? e.bitsPerByte() * Math.log(2) * e.bytes() / e.tokens() : Double.NaN);
        return chart("Loss", "nats per token", true, List.of(new Series("each step", Style.FAINT, Thinning.extremes(raw)),
                new Series("smoothed", Style.LINE, Thinning.means(stepped(Stepped::smoothLoss))),
                new Series("validation", Style.DOTS, Thinning.extremes(validation))));
    }

    private Optional<Chart> bitsPerByte() {
        List<Point> points = points(log.evaluations(), Evaluated::step, Evaluated::bitsPerByte);
        return chart("Bits per byte", "on validation data", true,
                List.of(new Series("validation", Style.DOTS, Thinning.extremes(points))));
    }

    private Optional<Chart> core() {
        List<Point> points = points(log.cores(), CoreMeasured::step, measured -> measured.core().core());
        return chart("CORE", "mean of centred scores", false, List.of(new Series("CORE", Style.DOTS, Thinning.extremes(points))));
    }

    private Optional<Chart> reward() {
        List<Point> raw = rewarded(RolloutMetrics::reward);
        return chart("Reward", "mean over the answers of a step", false, List.of(new Series("each step", Style.FAINT, Thinning.extremes(
                raw)),
                new Series("smoothed", Style.LINE, Thinning.means(raw))));
    }

    /// For k = 1, 2, 4, ...
    private Optional<Chart> passAt() {
        int most = log.passes().stream().mapToInt(pass -> pass.scores().passAt().size()).min().orElse(0);
        List<Series> series = IntStream.iterate(1, k -> k <= most, k -> 2 * k)
                .mapToObj(k -> new Series("pass@" + k, Style.DOTS, Thinning.extremes(points(log.passes(), RunEvent.PassMeasured::step,
                        pass -> pass.scores().passAt().get(k - 1)))))
                .toList();
        return chart("Held-out problems", "share solved by one of k answers", false, series);
    }

    private Optional<Chart> divergence() {
        List<Point> raw = rewarded(metrics -> metrics.divergence().orElse(Double.NaN));
        return chart("Distance to the start", "KL, nats a token", false, List.of(new Series("each step", Style.FAINT, Thinning.extremes(
                raw)),
                new Series("smoothed", Style.LINE, Thinning.means(raw))));
    }

    private Optional<Chart> entropy() {
        return chart("Entropy", "nats a token", false, List.of(new Series("each step", Style.LINE, Thinning.means(rewarded(
                RolloutMetrics::entropy)))));
    }

    private Optional<Chart> lengths() {
        return chart("Length", "tokens an answer", false, List.of(new Series("each step", Style.LINE, Thinning.means(rewarded(
                RolloutMetrics::length)))));
    }

    private List<Point> rewarded(ToDoubleFunction<RolloutMetrics> value) {
        return points(log.rewards(), RunEvent.Rewarded::step, step -> value.applyAsDouble(step.metrics()));
    }

    /// What became of the same answers: before the first step and after the last one.
    private List<Block> answers() {
        if (log.passes().isEmpty()) {
            return List.of();
        }
        List<RunEvent.PassMeasured> rounds = Stream.of(log.passes().getFirst(), log.passes().getLast()).distinct().toList();
        List<Block.Prompt> prompts = rounds.getFirst().answers().stream().map(RunEvent.ShownAnswer::question).distinct()
                .map(question -> new Block.Prompt(question, rounds.stream().flatMap(round -> round.answers().stream().filter(
                        answer -> answer
                                .question().equals(question)).limit(1)
                        .map(answer -> new Block.Answer(Words.whole(round.step()), answer.answer(), answer.solved()))).toList()))
                .toList();
        return List.of(new Block.Paragraph("The same draw for the same held-out problems, after the number of steps shown; calls of the"
                + " calculator stand in brackets:"), new Block.Samples(prompts));
    }

    private Optional<Chart> learningRate() {
        return chart("Learning rate", "times the full rate", false,
                List.of(new Series("schedule", Style.LINE, Thinning.extremes(stepped(Stepped::learningRateMultiplier)))));
    }

    private Optional<Chart> throughput() {
        List<Point> raw = stepped(Stepped::tokensPerSecond);
        return chart("Throughput", "tokens a second", false, List.of(new Series("each step", Style.FAINT, Thinning.extremes(raw)),
                new Series("median of neighbours", Style.LINE, Thinning.means(Thinning.medians(raw)))));
    }

    /// Empty where there is nothing to draw.
    ///
    /// @param zoom whether the axis shows only where values are; otherwise it begins at 0
    private Optional<Chart> chart(String title, String unit, boolean zoom, List<Series> all) {
        List<Series> series = all.stream().filter(one -> !one.points().isEmpty()).toList();
        if (series.isEmpty()) {
            return Optional.empty();
        }
        double[] values = series.stream().flatMap(one -> one.points().stream()).mapToDouble(Point::y).toArray();
        return Optional.of(new Chart(title, unit, steps, axis(values, zoom), series));
    }

    private static Axis axis(double[] values, boolean zoom) {
        if (!zoom) {
            return Axis.around(DoubleStream.concat(DoubleStream.of(0), DoubleStream.of(values)));
        }
        double min = DoubleStream.of(values).min().orElse(0);
        double max = DoubleStream.of(values).max().orElse(0);
        return min > 0 && min < STEEP * max ? Axis.logarithmic(DoubleStream.of(values)) : Axis.around(DoubleStream.of(values));
    }

    private List<Point> stepped(ToDoubleFunction<Stepped> value) {
        return points(log.steps(), Stepped::step, value);
    }

    private static <T> List<Point> points(List<T> events, ToDoubleFunction<T> step, ToDoubleFunction<T> value) {
        return events.stream().map(event -> new Point(step.applyAsDouble(event), value.applyAsDouble(event)))
                .filter(point -> Double.isFinite(point.y())).toList();
    }

    private Block pace() {
        List<Block.Fact> facts = new ArrayList<>();
        if (!log.steps().isEmpty()) {
            facts.add(new Block.Fact("Tokens a second", Progress.count(median(Stepped::tokensPerSecond))));
            facts.add(new Block.Fact("Floating-point operations a second", Progress.count(1e9 * median(Stepped::gigaflopsPerSecond))));
            facts.add(new Block.Fact("Milliseconds a step", Words.whole(Math.round(median(Stepped::milliseconds)))));
            facts.add(new Block.Fact("Epoch of the data", Words.whole(log.steps().getLast().epoch())));
        }
        run.tokens().ifPresent(tokens -> facts.add(new Block.Fact("Tokens seen", Progress.count(tokens))));
        return new Block.Facts("Pace (medians)", facts);
    }

    private double median(ToDoubleFunction<Stepped> value) {
        double[] sorted = log.steps().stream().mapToDouble(value).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private Block time() {
        double rest = log.workedSeconds().orElse(0.0) - log.trainingSeconds() - log.evaluationSeconds();
        List<Block.Share> shares = new ArrayList<>(List.of(share("steps", log.trainingSeconds()), share("evaluation",
                log.evaluationSeconds())));
        if (rest >= 1) {
            shares.add(share("samples, checkpoints, the rest", rest));
        }
        return new Block.Shares("Where the time went", shares);
    }

    private static Block.Share share(String name, double seconds) {
        return new Block.Share(name, seconds, Words.duration(seconds));
    }
}
