package nanochat.report;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Progress;
import nanochat.io.Setting;
import nanochat.io.Version;
import nanochat.model.ParameterCounts;
import nanochat.page.Document;
import nanochat.page.Document.Figure;
import nanochat.page.HtmlPage;
import nanochat.page.MarkdownPage;
import nanochat.page.Words;
import nanochat.runs.RunStatus;

/// The report card of a model: how it was trained, on what, at what cost, and what it can do. Made from the files that training and evaluation left,
/// so it can be made at any time, also of a run under way.
public final class ReportCard {
    private static final double SECONDS_PER_HOUR = 3600;

    private final ModelRuns runs;
    private final Optional<Double> dollarsPerHour;
    private final Instant now;

    private ReportCard(ModelRuns runs, Optional<Double> dollarsPerHour, Instant now) {
        this.runs = runs;
        this.dollarsPerHour = dollarsPerHour;
        this.now = now;
    }

    /// The files of a report.
    public record Files(Path html, Path markdown) {}

    /// Reads what there is of a model.
    ///
    /// @param modelTag its name; empty for the largest model
    /// @param dollarsPerHour what the machine costs; empty where the report shall tell no cost
    /// @param now when it is, to tell a run under way from one that broke off
    /// @throws BadInputException when there is no such model, or one of its files cannot be read
    public static ReportCard of(BaseDirectory base, Optional<String> modelTag, Optional<Double> dollarsPerHour, Instant now) {
        dollarsPerHour.filter(dollars -> !(dollars >= 0 && dollars < Double.POSITIVE_INFINITY)).ifPresent(dollars -> {
            throw BadInputException.about("%s must be a number that is not negative, is %s", new Setting("dollars_per_hour"), dollars);
        });
        return new ReportCard(modelTag.map(tag -> ModelRuns.read(base, tag)).orElseGet(() -> ModelRuns.readLargest(base)), dollarsPerHour,
                now);
    }

    /// The model's name.
    public String modelTag() {
        return runs.tag();
    }

    /// Writes `report.html` and `report.md`; earlier ones are replaced.
    ///
    /// @param names what settings are called where the reader gives them
    /// @throws BadInputException when they cannot be written
    public Files write(Path folder, Function<Setting, String> names) {
        Document document = document(names);
        Files files = new Files(folder.resolve("report.html"), folder.resolve("report.md"));
        AtomicFile.writeString(files.html(), HtmlPage.of(document));
        AtomicFile.writeString(files.markdown(), MarkdownPage.of(document));
        return files;
    }

    private Document document(Function<Setting, String> names) {
        List<Document.Section> sections = new ArrayList<>();
        runs.stages().forEach(run -> sections.add(StageSection.of(run, now)));
        EvaluationSections.samples(runs.stages()).ifPresent(sections::add);
        EvaluationSections.scores(runs.stages()).ifPresent(sections::add);
        runs.tokenizer().map(SetupSections::tokenizer).ifPresent(sections::add);
        sections.add(SetupSections.configuration(runs.stages(), names));
        sections.add(SetupSections.machine(runs.stages()));
        return new Document("report card", "en", runs.tag(), lead(), figures(), sections,
                "Made by nanochat report on " + Words.moment(now) + ", from the files of the run; nanochat4j " + Version.current() + ".");
    }

    private String lead() {
        StringBuilder lead = new StringBuilder("A language model");
        runs.stages().stream().flatMap(run -> run.config().stream()).findFirst().ifPresent(config -> lead.append(" of ")
                .append(config.layers()).append(" layers and ").append(Progress.count(ParameterCounts.of(config).total()))
                .append(" parameters"));
        lead.append(", ").append(runs.stages().stream().map(ReportCard::trained).collect(Collectors.joining(", ")));
        runs.stages().getLast().machine().ifPresent(machine -> lead.append(", on ").append(machine.processor()).append(" with ")
                .append(machine.cores()).append(machine.cores() == 1 ? " core" : " cores"));
        lead.append('.');
        runs.stages().stream().filter(run -> run.status(now) != RunStatus.FINISHED)
                .forEach(run -> lead.append(' ').append(run.stage().title()).append(": ").append(StageSection.status(run, now)));
        return lead.toString();
    }

    private static String trained(StageRun run) {
        String verb = switch (run.stage()) {
            case BASE -> "trained from nothing";
            case SFT -> "fine-tuned";
            case RL -> "trained further by rewards";
            case DPO -> "taught which answers are preferred";
            case ADAPTER -> "tuned beside a model that stays as it is";
        };
        return verb + run.tokens().map(tokens -> " on " + Progress.count(tokens) + " tokens").orElse("") + " in "
                + Words.duration(run.seconds());
    }

    private List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        runs.stages().stream().flatMap(run -> run.config().stream()).findFirst()
                .ifPresent(config -> figures.add(new Figure(Progress.count(ParameterCounts.of(config).total()), "parameters")));
        StageRun first = runs.stages().getFirst();
        first.bitsPerByte().ifPresent(bits -> figures.add(new Figure(Words.decimals(bits, 3), "bits per byte")));
        last(EvaluationSections::core).ifPresent(core -> figures.add(new Figure(Words.decimals(core, 3), "CORE")));
        last(EvaluationSections::chatCore).ifPresent(core -> figures.add(new Figure(Words.decimals(core, 3), "ChatCORE")));
        last(EvaluationSections::finalCompletions)
                .ifPresent(completions -> figures.add(new Figure(EvaluationSections.rightOf(completions), "prompts right")));
        double seconds = runs.stages().stream().mapToDouble(StageRun::seconds).sum();
        figures.add(new Figure(Words.duration(seconds), "total time"));
        dollarsPerHour.ifPresent(dollars -> figures.add(new Figure(Words.dollars(dollars * seconds / SECONDS_PER_HOUR),
                "cost at " + Words.dollars(dollars) + " an hour")));
        return figures;
    }

    /// Of the last stage that has it.
    private <T> Optional<T> last(Function<StageRun, Optional<T>> value) {
        return runs.stages().reversed().stream().flatMap(run -> value.apply(run).stream()).findFirst();
    }
}
