package nanochat.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nanochat.compare.Findings.Run;
import nanochat.compare.Findings.Standing;
import nanochat.io.AtomicFile;
import nanochat.io.Progress;
import nanochat.io.Version;
import nanochat.objective.Likelihood;
import nanochat.page.Block;
import nanochat.page.Block.Paragraph;
import nanochat.page.Block.Table;
import nanochat.page.Document;
import nanochat.page.Document.Figure;
import nanochat.page.Document.Section;
import nanochat.page.HtmlPage;
import nanochat.page.MarkdownPage;
import nanochat.page.Words;

/// What a comparison found, as a document for people.
public final class ComparisonPage {
    private static final String NONE = "–";

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
        sections.add(new Section("At a glance", List.of(glance())));
        sections.add(likelihood());
        sections.add(new Section("What it costs", List.of(cost())));
        sections.add(new Section("Learning rates", List.of(new Paragraph("Each objective has the multiple of the usual learning rates that"
                + " did best in trainings of " + Words.percent(conditions.sweepShare()) + " of the FLOPs, by its own loss on held-out text."
                + " What is best for a short training may be too much for a long one; it is so for all alike."), rates())));
        return new Document("comparison", "en", "Objectives", lead(), figures(), sections, "Made by nanochat compare; nanochat4j " + Version
                .current() + ". What the words mean and how each figure is measured: docs/objectives.md.");
    }

    private String lead() {
        Conditions conditions = findings.conditions();
        return "Models of " + conditions.model().depth() + " layers, trained with " + findings.standings().size()
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
    private Table glance() {
        return table("All yardsticks", List.of("objective", "bits per byte", "of what kind", "tokens/s"), standing -> List.of(
                likelihoodInWords(standing), kind(standing.likelihood()), standing.spread(run -> Optional.of(run.outcome()
                        .tokensPerSecond())).map(spread -> spread.inWords(Progress::count)).orElse(NONE)));
    }

    private static String kind(Likelihood likelihood) {
        return switch (likelihood) {
            case EXACT -> "exact";
            case BOUND -> "upper bound";
            case NONE -> "none";
        };
    }

    private static String likelihoodInWords(Standing standing) {
        return switch (standing.likelihood()) {
            case EXACT -> words(standing.bitsPerByte(), decimals(4));
            case BOUND -> standing.bound().map(spread -> "≤ " + spread.inWords(decimals(4))).orElse(NONE);
            case NONE -> NONE;
        };
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
