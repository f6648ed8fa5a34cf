package nanochat.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.compare.Findings.Run;
import nanochat.compare.Findings.Standing;
import nanochat.io.AtomicFile;
import nanochat.io.Progress;
import nanochat.io.Version;
import nanochat.objective.Likelihood;
import nanochat.objective.ObjectiveChoice;
import nanochat.page.Axis;
import nanochat.page.Block;
import nanochat.page.Block.Paragraph;
import nanochat.page.Block.Table;
import nanochat.page.Chart;
import nanochat.page.Chart.Point;
import nanochat.page.Chart.Series;
import nanochat.page.Document;
import nanochat.page.Document.Figure;
import nanochat.page.Document.Section;
import nanochat.page.HtmlPage;
import nanochat.page.MarkdownPage;
import nanochat.page.Words;

/// What a comparison found, as a document for people.
public final class ComparisonPage {
    private static final String NONE = "–";
    /// The score until which seconds are counted.
    private static final double KNOWN = 0.5;

    private static final double TERA = 1e-12;

    private final Findings findings;

    private ComparisonPage(Findings findings) {
        this.findings = findings;
    }

    /// The files of a comparison's page.
    public record Files(Path html, Path markdown) {}

    /// Writes `comparison.html` and `comparison.md`; earlier ones are replaced.
    ///
    /// @throws nanochat.io.BadInputException when they cannot be written
    public static Files write(Path folder, Findings findings) {
        Document document = of(findings);
        Files files = new Files(folder.resolve("comparison.html"), folder.resolve("comparison.md"));
        AtomicFile.writeString(files.html, HtmlPage.of(document));
        AtomicFile.writeString(files.markdown, MarkdownPage.of(document));
        return files;
    }

    /// The document.
    public static Document of(Findings findings) {
        return new ComparisonPage(findings).document();
    }

    private Document document() {
        Conditions conditions = findings.conditions();
        List<Section> sections = new ArrayList<>();
        sections.add(glance());
        sections.add(likelihood());
        sections.add(blanks());
        sections.add(representations());
        sections.add(writing());
        if (findings.conditions().continueShare() > 0) {
            sections.add(continued());
        }
        sections.add(new Section("What it costs", List.of(cost())));
        sections.add(new Section("Learning rates", List.of(new Paragraph("Each objective has the multiple of the usual learning rates that"
                + " did best in trainings of " + Words.percent(conditions.sweepShare()) + " of the FLOPs, by its own loss on held-out text."
                + " What is best for a short training may be too much for a long one; it is so for all alike."), rates())));
        return new Document("comparison", "en", "Objectives", lead(), figures(), sections, "Made by nanochat compare; nanochat4j " + Version
                .current() + ". What the words mean and how each figure is measured: docs/objectives.md.");
    }

    private String lead() {
        Conditions conditions = findings.conditions();
        return "Models of depth " + conditions.model().depth() + ", trained with " + findings.standings().size()
                + " objectives on the same text at the same cost of " + Words.significant(conditions.targetFlops())
                + " floating-point operations, everything counted, each with the learning rate that suits it. Figures are means over the"
                + " seeds, with lowest and highest. Text: " + conditions.data() + ".";
    }

    private List<Figure> figures() {
        int finished = findings.standings().stream().mapToInt(standing -> standing.runs().size()).sum();
        double seconds = findings.standings().stream().mapToDouble(standing -> standing.sweepSeconds() + standing.runs().stream()
                .mapToDouble(run -> run.outcome().seconds()).sum()).sum();
        return List.of(new Figure(Words.whole(findings.standings().size()), "objectives"), new Figure(Words.whole(findings.seeds()),
                "seeds each"), new Figure(finished + " of " + findings.seeds() * findings.standings().size(), "runs finished"),
                new Figure(Words.duration(seconds), "spent in training steps"));
    }

    /// One row an objective, one column a yardstick.
    private Section glance() {
        return new Section("At a glance", List.of(new Paragraph(
                "Means over the seeds. Bits per byte are exact but where ≤ says that they are"
                        + " an upper bound, which is not comparable with the exact ones; a dash is what an objective does not have."),
                table(
                        "All yardsticks", List.of("objective", "bits per byte", "blanks right", "read off", "facts written",
                                "bits per byte, gone on", "tokens/s"), standing -> List.of(likelihoodInWords(standing), mean(standing
                                        .cloze(),
                                        Words::percent), mean(standing.probe(), Words::percent), mean(standing.spread(run -> run.writing()
                                                .flatMap(Writing::facts)), Words::percent), mean(standing.continued(), decimals(3)), mean(
                                                        standing.spread(run -> Optional.of(run.outcome().tokensPerSecond())),
                                                        Progress::count)))));
    }

    private Section blanks() {
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Paragraph("Sentences with a blank and " + Blank.CANDIDATES + " candidates, one of which is right; guessing gives "
                + Words.percent(1.0 / Blank.CANDIDATES)
                + ". Each objective scores by its own rule: from left to right, after a prefix, each"
                + " token hidden alone, or every set of the answer's tokens hidden."));
        blanks("Blanks filled rightly", "%, over training in 10¹² FLOPs").ifPresent(chart -> blocks.add(new Block.Charts(List.of(chart))));
        blocks.add(table("Finished models", List.of("objective", "right", "seconds of training to "
                + Words.percent(KNOWN)), standing -> List.of(words(standing.cloze(), Words::percent), words(standing.spread(
                        run -> run.secondsTo(KNOWN, 1.0 / Blank.CANDIDATES)), decimals(0)))));
        return new Section("Blanks", blocks);
    }

    private Optional<Chart> blanks(String title, String unit) {
        List<Series> series = IntStream.range(0, findings.standings().size()).mapToObj(i -> knowledge(findings.standings().get(i), i))
                .flatMap(Optional::stream).toList();
        return series.isEmpty()
                ? Optional.empty()
                : Optional.of(new Chart(title, unit, Axis.from(0, TERA * findings.conditions().targetFlops()), Axis.from(0, 100), series));
    }

    /// How many blanks each objective's models fill rightly over the FLOPs; empty where nothing was measured yet.
    ///
    /// @param title of the chart
    /// @param unit of its values
    public static Optional<Chart> blanks(Findings findings, String title, String unit) {
        return new ComparisonPage(findings).blanks(title, unit);
    }

    /// Over the FLOPs, the mean of all runs.
    private Optional<Series> knowledge(Standing standing, int colour) {
        Map<Integer, List<Double>> shares = new TreeMap<>();
        standing.runs().forEach(run -> run.blanks().forEach(moment -> shares.computeIfAbsent(moment.step(), _ -> new ArrayList<>()).add(
                moment.cloze().share())));
        if (shares.isEmpty()) {
            return Optional.empty();
        }
        Outcome outcome = standing.runs().getFirst().outcome();
        List<Point> points = new ArrayList<>(List.of(new Point(0, 100.0 / Blank.CANDIDATES)));
        shares.forEach((step, some) -> points.add(new Point(TERA * outcome.flops() * step / outcome.steps(), 100 * some.stream()
                .mapToDouble(
                        share -> share).average().orElseThrow())));
        return Optional.of(new Series(standing.objective().title(), Chart.Style.DOTS, colour, points));
    }

    private Section representations() {
        List<String> tasks = findings.standings().stream().flatMap(standing -> standing.runs().stream()).flatMap(run -> run.probe()
                .stream()).flatMap(probe -> probe.accuracy().keySet().stream()).distinct().toList();
        List<String> header = Stream.concat(Stream.of("objective"), tasks.stream()).toList();
        List<List<String>> rows = new ArrayList<>();
        for (Standing standing : findings.standings()) {
            rows.add(Stream.concat(Stream.of(standing.objective().title()), tasks.stream().map(task -> words(standing.spread(run -> run
                    .probe().map(probe -> probe.accuracy().getOrDefault(task, 0.0))), Words::percent))).toList());
        }
        findings.untrained().ifPresent(probe -> rows.add(Stream.concat(Stream.of("nothing learned"), tasks.stream().map(
                task -> Words.percent(probe.accuracy().getOrDefault(task, 0.0)))).toList()));
        return new Section("Representations", List.of(new Paragraph("What a linear classifier reads off the frozen last layer, in the mean"
                + " over a text's tokens: what kind of document begins so, which relation a sentence tells (in words that the classifier has"
                + " not seen), and whether two neighbouring sentences are exchanged."), new Table("Texts told rightly", header, rows)));
    }

    private Section writing() {
        boolean judged = !findings.conditions().judge().equals(Conditions.NO_JUDGE);
        Table table = table("Texts of " + Writing.TOKENS + " tokens", List.of("objective", "facts right", judged
                ? "bits per byte for the judge"
                : "no judge", "new 3-grams", "gaps filled", "sees behind gaps", "passes", "seconds a text"), standing -> List.of(words(
                        standing.spread(run -> run.writing().flatMap(Writing::facts)), Words::percent), words(standing.spread(run -> run
                                .writing().flatMap(Writing::judgedBitsPerByte)), decimals(3)), words(standing.spread(run -> run.writing()
                                        .map(Writing::distinct)), Words::percent), words(standing.spread(run -> run.writing().map(
                                                Writing::gaps)), Words::percent), standing.runs().stream().flatMap(run -> run.writing()
                                                        .stream()).findFirst().map(writing -> writing.seesBehindGaps() ? "yes" : "no")
                                                        .orElse(NONE), words(standing.spread(run -> run.writing().map(
                                                                writing -> (double) writing.passes())), decimals(0)), words(standing.spread(
                                                                        run -> run.writing().map(Writing::secondsPerText)), decimals(3))));
        return new Section("Writing", List.of(new Paragraph("Held-out beginnings are gone on with at temperature 1, in about the time that"
                + " writing token by token takes: a model that fills blanks computes the whole text in every pass and has fewer of them. "
                + (judged
                        ? "The judge is " + findings.conditions().judge() + ", a model of the next token. "
                        : "No model judges how likely the texts are (--judge). ")
                + "Facts are sentences in words that training never uses, ended at temperature 0. Gaps of four tokens are in held-out text;"
                + " a model that reads from left to right knows only what is before them."), table));
    }

    private Section continued() {
        Optional<Spread> plain = findings.standings().stream().filter(standing -> standing.objective().equals(ObjectiveChoice.nextToken()))
                .findFirst().flatMap(Standing::continued);
        return new Section("As a beginning", List.of(new Paragraph("Each model goes on with the next token for " + Words.significant(
                findings
                        .conditions().continueShare())
                + " of the FLOPs of its run, from the first document on, at the rates that suit the next"
                + " token. All figures are exact then, and comparable. Better than next-token itself means: below all of its seeds."),
                table(
                        "Exact bits per byte afterwards", List.of("objective", "bits per byte", "beside next-token"), standing -> List.of(
                                words(standing.continued(), decimals(4)), standing.continued().flatMap(own -> plain.map(other -> beside(own,
                                        other))).orElse(NONE)))));
    }

    private static String beside(Spread own, Spread other) {
        return own.equals(other) ? "itself" : own.isBelow(other) ? "better" : other.isBelow(own) ? "worse" : "not told apart";
    }

    private static String likelihoodInWords(Standing standing) {
        return switch (standing.likelihood()) {
            case EXACT -> mean(standing.bitsPerByte(), decimals(3));
            case BOUND -> standing.bound().map(spread -> "≤ " + Words.decimals(spread.mean(), 3)).orElse(NONE);
            case NONE -> NONE;
        };
    }

    private static String mean(Optional<Spread> spread, DoubleFunction<String> number) {
        return spread.map(known -> number.apply(known.mean())).orElse(NONE);
    }

    /// A table for each kind, because figures of different kinds are not comparable.
    private Section likelihood() {
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Paragraph(
                "How likely a model finds held-out text. Three kinds of figures, never to be compared with each other: exact"
                        + " bits per byte; an upper bound of them, of which nobody knows how far above the true figure it is; and the loss of hidden"
                        + " tokens, which says nothing of a text's probability."));
        for (Likelihood likelihood : Likelihood.values()) {
            List<Standing> some = findings.of(likelihood).toList();
            if (!some.isEmpty()) {
                blocks.add(switch (likelihood) {
                    case EXACT -> table("Exact", List.of("objective", "bits per byte"), some, standing -> List.of(words(standing
                            .bitsPerByte(), decimals(4))));
                    case BOUND -> table("Upper bound", List.of("objective", "bits per byte at most"), some, standing -> List.of(words(
                            standing.bound(), decimals(4))));
                    case NONE -> table("None", List.of("objective", "nats a hidden token"), some, standing -> List.of(words(standing
                            .loss(), decimals(4))));
                });
            }
        }
        return new Section("Likelihood", blocks);
    }

    private Table cost() {
        return table("One run", List.of("objective", "FLOPs", "tokens read", "seconds", "tokens/s", "memory"), standing -> List.of(words(
                standing, run -> run.outcome().flops(), Words::significant), words(standing, run -> (double) run.outcome().tokens(),
                        Progress::count), words(standing, run -> run.outcome().seconds(), decimals(0)), words(standing, run -> run.outcome()
                                .tokensPerSecond(), Progress::count), standing.spread(run -> run.outcome().memoryBytes().map(
                                        Long::doubleValue)).map(spread -> Words.gigabytes((long) spread.high())).orElse(NONE)));
    }

    private Table rates() {
        return table("What was tried", List.of("objective", "best multiple", "loss by multiple", "FLOPs", "seconds"), standing -> List.of(
                Findings.best(standing.sweep()).map(best -> Words.significant(best.rate())).orElse(NONE), standing.sweep().stream().map(
                        tried -> Words.significant(tried.rate()) + ": " + Words.decimals(tried.value(), 3)).collect(Collectors.joining(
                                ", ")), Words.significant(standing.sweepFlops()), Words.decimals(standing.sweepSeconds(), 0)));
    }

    private Table table(String title, List<String> header, Function<Standing, List<String>> cells) {
        return table(title, header, findings.standings(), cells);
    }

    private static Table table(String title, List<String> header, List<Standing> standings,
            Function<Standing, List<String>> cells) {
        return new Table(title, header, standings.stream().map(standing -> Stream.concat(Stream.of(standing.objective().title()), cells
                .apply(standing).stream()).toList()).toList());
    }

    private static String words(Standing standing, Function<Run, Double> figure, DoubleFunction<String> number) {
        return words(standing.spread(run -> Optional.of(figure.apply(run))), number);
    }

    private static String words(Optional<Spread> spread, DoubleFunction<String> number) {
        return spread.map(known -> known.inWords(number)).orElse(NONE);
    }

    private static DoubleFunction<String> decimals(int count) {
        return number -> Words.decimals(number, count);
    }
}
