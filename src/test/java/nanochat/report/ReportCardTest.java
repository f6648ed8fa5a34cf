package nanochat.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import nanochat.checkpoint.ModelStage;
import nanochat.eval.CoreScore;
import nanochat.eval.CoreScores;
import nanochat.eval.EvaluationFile;
import nanochat.eval.SamplePrompt.Completion;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.model.ParameterCounts;
import nanochat.runs.RunStatus;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.PassScores;
import nanochat.train.RolloutMetrics;
import nanochat.train.RunEvent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/// Oracles: a strict XML parser, which refuses any page that is not well-formed; and the figures that [RunFiles] wrote.
class ReportCardTest {
    private static final Completion PARIS = new Completion("The capital of France is", " Paris", true);
    private static final Completion BLANK = new Completion("The capital of France is", " the the", false);

    @TempDir
    private Path root;
    private BaseDirectory base;

    @BeforeEach
    void begin() {
        base = new BaseDirectory(root);
    }

    private RunFiles files(ModelStage stage, String tag) throws IOException {
        return RunFiles.of(base, stage, tag);
    }

    private RunFiles finished(String tag) throws IOException {
        return files(ModelStage.BASE, tag).started(0).evaluated(0, 4).sampled(0, BLANK).steps(0, 100).evaluated(100, 1.25).sampled(100,
                PARIS)
                .checkpoint(100);
    }

    private ReportCard.Files write(RunFiles files) {
        return ReportCard.of(base, Optional.of(files.folder().getFileName().toString()), Optional.of(36.0), files.now()).write(base
                .report(), setting -> "--" + setting.name());
    }

    private Document page(RunFiles files) throws Exception {
        return parse(Files.readString(write(files).html()));
    }

    private String markdown(RunFiles files) throws IOException {
        return Files.readString(write(files).markdown());
    }

    private static Document parse(String xhtml) throws Exception {
        return DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xhtml)));
    }

    private static List<Element> elements(Document page, String name) {
        NodeList all = page.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < all.getLength(); i++) {
            elements.add((Element) all.item(i));
        }
        return elements;
    }

    private static List<String> texts(Document page, String name) {
        return elements(page, name).stream().map(element -> plain(element.getTextContent())).toList();
    }

    /// The value that stands beside a name, in a list of facts or figures.
    private static String fact(Document page, String name) {
        return plain(elements(page, "dt").stream().filter(dt -> dt.getTextContent().equals(name)).findFirst().orElseThrow(
                () -> new AssertionError("no " + name + " in " + texts(page, "dt"))).getNextSibling().getTextContent());
    }

    /// With spaces at which a line may break, as the expectations below have them.
    private static String plain(String text) {
        return text.replace('\u00a0', ' ');
    }

    /// The cells of the table's row that begins so.
    private static List<String> row(Document page, String name) {
        Element row = (Element) elements(page, "th").stream().filter(th -> th.getTextContent().equals(name)).findFirst().orElseThrow()
                .getParentNode();
        NodeList cells = row.getElementsByTagName("td");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < cells.getLength(); i++) {
            texts.add(cells.item(i).getTextContent());
        }
        return texts;
    }

    @Test
    void aFinishedRunIsToldByTheNumbersOfItsFiles() throws Exception {
        RunFiles files = finished("d2");
        Tokenizer.ofMerges(List.of()).save(files.folder().resolve(Tokenizer.FILE_NAME));
        Document page = page(files);
        assertThat(texts(page, "h1")).containsExactly("d2");
        assertThat(texts(page, "h2")).containsExactly("Pretraining", "Samples", "Evaluation", "Tokenizer", "Configuration", "Machine");
        long parameters = ParameterCounts.of(RunFiles.plan().config()).total();
        assertThat(fact(page, "parameters")).isEqualTo("%.1fk".formatted(parameters / 1000.0));
        assertThat(fact(page, "bits per byte")).isEqualTo("1.250");
        assertThat(fact(page, "prompts right")).isEqualTo("1 of 1");
        assertThat(fact(page, "total time")).as("2 evaluations, 2 rounds of samples, 100 steps").isEqualTo("20 s");
        assertThat(fact(page, "cost at $36.00 an hour")).isEqualTo("$0.20");
        assertThat(texts(page, "p")).contains("Finished on 22 November 2026, 12:00 UTC: 100 steps of 256 tokens in 20 s.");
        assertThat(elements(page, "svg")).hasSize(4);
        assertThat(fact(page, "Tokens a second")).isEqualTo("2.56k");
        assertThat(fact(page, "Floating-point operations a second")).isEqualTo("1.25G");
        assertThat(fact(page, "Milliseconds a step")).isEqualTo("100");
        assertThat(texts(page, "li")).contains("steps 10 s", "evaluation 4 s", "samples, checkpoints, the rest 6 s");
        assertThat(row(page, "Bits per byte, when training last validated")).containsExactly("1.2500");
        assertThat(row(page, "english")).as("a token is a byte").first().isEqualTo("1.00");
        assertThat(row(page, "All")).first().isEqualTo("%,d".formatted(parameters));
        assertThat(fact(page, "--data")).isEqualTo("my texts");
        assertThat(fact(page, "Tokens of a step")).isEqualTo("256 = 1 × 4 × 64");
        assertThat(fact(page, "Seed")).isEqualTo("7");
        assertThat(fact(page, "Tokens cropped")).isEqualTo("10.0% of those read");
        assertThat(fact(page, "Processor")).isEqualTo("Test <Processor>");
        assertThat(fact(page, "Memory")).isEqualTo("8.0 GB");
        assertThat(fact(page, "nanochat4j")).isEqualTo("0.1.0 (abcdef1234), with changes that were not committed");
    }

    @Test
    void thePageNeedsNothingFromElsewhere() throws Exception {
        String html = Files.readString(write(finished("d2")).html());
        Document page = parse(html);
        assertThat(elements(page, "script")).isEmpty();
        assertThat(elements(page, "link")).isEmpty();
        for (Element element : elements(page, "*")) {
            for (String attribute : List.of("src", "href", "onclick", "srcset")) {
                assertThat(element.hasAttribute(attribute)).as("%s %s", element.getTagName(), attribute).isFalse();
            }
        }
        assertThat(elements(page, "style").getFirst().getTextContent()).doesNotContain("url(", "@import", "<", ">", "&");
        assertThat(html).as("HTML reads the style as it stands, without entities")
                .contains(elements(page, "style").getFirst().getTextContent());
    }

    @Test
    void whatAModelSaysIsNeverMarkup() throws Exception {
        String hostile = "</style><script>alert(1)</script><img src=x onerror=alert(1)> &amp; ]]> \" ' | `a` **b** \u0000\u001b \u202eשלום";
        RunFiles files = files(ModelStage.BASE, "d2").started(0).steps(0, 5).sampled(5, new Completion("<b>|\n# x", hostile, false));
        new EvaluationFile(files.folder(), 5).add(Map.of("replies", List.of(Map.of("question", "<i>?", "reply", hostile)), "tasks",
                Map.of("<u>|", Map.of("accuracy", 0.5, "n", 2))));
        files.checkpoint(5);
        Document page = page(files);
        assertThat(elements(page, "script")).isEmpty();
        assertThat(elements(page, "img")).isEmpty();
        String shown = hostile.replace('\u0000', '\ufffd').replace('\u001b', '\ufffd');
        List<Element> said = elements(page, "span").stream().filter(span -> span.getAttribute("class").equals("said")).toList();
        assertThat(said).extracting(Element::getTextContent).containsExactly(shown);
        assertThat(said.getFirst().getAttribute("dir")).isEqualTo("auto");
        assertThat(texts(page, "p")).contains("<b>| ↵ # x");
        assertThat(fact(page, "<i>?")).isEqualTo(shown);
        assertThat(row(page, "<u>|")).containsExactly("50.0% of 2");
        assertThat(markdown(files)).contains("שלום").doesNotContain("<script", "<img", "**b**", "\n# x");
    }

    @Test
    void everyRowOfAMarkdownTableHasAsManyCells() throws IOException {
        RunFiles files = finished("d2").sampled(100, new Completion("a|b\\|c", "d|e\nf\\", true));
        int columns = 0;
        int rows = 0;
        for (String line : markdown(files).split("\n", -1)) {
            int bars = line.replaceAll("\\\\.", "").replaceAll("[^|]", "").length();
            if (columns > 0 && !line.isEmpty()) {
                assertThat(bars).as(line).isEqualTo(columns);
                rows++;
            }
            columns = bars;
        }
        assertThat(rows).isGreaterThan(30);
    }

    @Test
    void stagesStandSideBySide() throws Exception {
        RunFiles sft = files(ModelStage.SFT, "d2").checkpoint(40);
        new EvaluationFile(sft.folder(), 40).add(Map.of("tasks", Map.of("GSM8K", Map.of("accuracy", 0.125, "n", 16)), "chat_core", 0.0625));
        RunFiles base = finished("d2");
        new EvaluationFile(base.folder(), 100).add(Map.of("bits_per_byte", 1.5, "core", Map.of("core", 0.1875, "tasks", Map.of("squad", Map
                .of("accuracy",
                        0.25)))));
        Document page = page(base);
        assertThat(texts(page, "h2")).contains("Pretraining", "Fine-tuning");
        assertThat(row(page, "Bits per byte, by nanochat eval")).containsExactly("1.5000", "–");
        assertThat(row(page, "GSM8K")).containsExactly("–", "12.5% of 16");
        assertThat(row(page, "ChatCORE")).containsExactly("–", "0.0625");
        assertThat(row(page, "CORE")).containsExactly("0.1875", "–");
        assertThat(row(page, "CORE: squad")).containsExactly("25.0%", "–");
        assertThat(row(page, "Evaluated at step")).containsExactly("100", "40");
        assertThat(fact(page, "CORE")).isEqualTo("0.188");
        assertThat(fact(page, "ChatCORE")).isEqualTo("0.063");
    }

    @Test
    void whatRewardsDidIsDrawnAndTheSameAnswersStandSideBySide() throws Exception {
        finished("d2");
        RunFiles rl = files(ModelStage.RL, "d2").started(0).append(pass(0, 0.25, 0.5, "[2 + 2 -> 4] before", false));
        for (int step = 0; step < 4; step++) {
            rl.append(new RunEvent.Rewarded(step, new RolloutMetrics(0.25 * step, 0.25 * step, 20, 0.5, Optional.of(0.001 * step), 0.5, 1,
                    0,
                    1e-6, 1e-5, 16, 0, 100, 5000, 1, 2)));
        }
        rl.steps(0, 4).append(pass(4, 0.75, 0.875, "[3 + 3 -> 6] afterwards", true));
        String page = markdown(rl);
        assertThat(page).contains("Reward", "Held-out problems", "pass@1", "pass@2", "Distance to the start", "Entropy", "Length");
        assertThat(page).contains("How many apples?", "2 + 2", "4\\] before", "3 + 3", "6\\] afterwards");
        assertThat(page).as("tokens that were written").contains("20.0k");
    }

    private static RunEvent pass(int step, double one, double two, String answer, boolean solved) {
        return new RunEvent.PassMeasured(step, new PassScores(8, List.of(one, two), one),
                List.of(new RunEvent.ShownAnswer("How many apples?", answer, solved ? 1 : 0, solved)), 1);
    }

    @Test
    void coreOfTrainingIsShownWhereEvalDidNotMeasureIt() throws Exception {
        RunFiles files = files(ModelStage.BASE, "d2").started(0).steps(0, 50)
                .append(new RunEvent.CoreMeasured(50, new CoreScores(0.125, Map.of("squad", new CoreScore(0.5, 0.25, 8))), 4)).steps(50,
                        60);
        Document page = page(files);
        assertThat(elements(page, "svg")).extracting(svg -> svg.getAttribute("aria-label")).contains("CORE, mean of centred scores");
        assertThat(row(page, "CORE")).containsExactly("0.1250");
        assertThat(row(page, "CORE: squad")).containsExactly("50.0% of 8");
        assertThat(texts(page, "li")).contains("evaluation 4 s");
        new EvaluationFile(files.folder(), 50).add(Map.of("core", Map.of("core", 0.25)));
        assertThat(row(page(files.checkpoint(50)), "CORE")).containsExactly("0.2500");
    }

    @Test
    void aRunUnderWayIsToldAsSuch() throws Exception {
        RunFiles files = files(ModelStage.BASE, "d2").started(0).steps(0, 60).append("{\"type\":\"step\",\"step\":60,\"lo");
        assertThat(texts(page(files), "p")).contains(
                "Under way: step 60 of 100, about 4 s left. Lines of the metrics that could not be read: 1.");
        Instant later = files.now().plus(Duration.ofHours(1));
        assertThat(StageSection.status(StageRun.read(ModelStage.BASE, files.folder()).orElseThrow(), later))
                .startsWith("Broke off after step 60 of 100, last heard of on 22 November 2026, 12:00 UTC");
    }

    @Test
    void anInterruptionCostsNoTime() throws Exception {
        RunFiles files = files(ModelStage.BASE, "d2").started(0).steps(0, 60).stopped(60);
        assertThat(texts(page(files), "p")).contains("Interrupted after step 60 of 100; everything is saved, and it can be resumed.");
        files.pause(7200).started(60).steps(60, 100);
        Document page = page(files);
        assertThat(texts(page, "p")).contains(
                "Finished on 22 November 2026, 14:00 UTC: 100 steps of 256 tokens in 10 s. Resumed from step 60.");
        assertThat(texts(page, "h3")).contains("Pretraining, Pretraining from step 60");
    }

    @Test
    void aRunOfWhichNothingIsKnownYetHasAReport() throws Exception {
        RunFiles files = files(ModelStage.BASE, "new").append("");
        assertThat(elements(page(files), "svg")).isEmpty();
        files.append("not JSON\n\n{\"type\":\"of the future\",\"step\":3}\n{\"type\":\"step\",\"step\":\"x\"}\n[]\n");
        assertThat(texts(page(files), "h1")).containsExactly("new");
        files.started(0);
        assertThat(texts(page(files), "h2")).contains("Configuration");
    }

    @Test
    void aRunWhosePlanCannotBeReadIsOverWhenItSavedItsLastStep() throws IOException {
        RunFiles files = files(ModelStage.RL, "d2").started(0).steps(0, 60);
        assertThat(status(files)).isEqualTo(RunStatus.UNDER_WAY);
        files.append(new RunEvent.Saved(60, files.folder()));
        assertThat(status(files)).isEqualTo(RunStatus.FINISHED);
        assertThat(status(files.stopped(60))).isEqualTo(RunStatus.INTERRUPTED);
        assertThat(status(files(ModelStage.RL, "d3").checkpoint(7))).isEqualTo(RunStatus.FINISHED);
        assertThat(markdown(files)).contains("Reinforcement learning", "trained further by rewards in 6\u00a0s");
    }

    private static RunStatus status(RunFiles files) {
        return StageRun.read(ModelStage.RL, files.folder()).orElseThrow().status(files.now());
    }

    @Test
    void aCheckpointWithoutMetricsHasAReport() throws Exception {
        Document page = page(files(ModelStage.BASE, "d2").checkpoint(100));
        assertThat(fact(page, "bits per byte")).isEqualTo("1.250");
        assertThat(fact(page, "total time")).isEqualTo("10 s");
        assertThat(fact(page, "Layers")).isEqualTo("2");
        assertThat(texts(page, "p")).contains("The metrics do not say on which machine it was trained.");
    }

    @Test
    void manyStepsMakeNoLargePage() throws Exception {
        RunFiles files = files(ModelStage.BASE, "d2").started(0).steps(0, 50_000);
        assertThat(Files.size(files.metrics())).isGreaterThan(5_000_000);
        assertThat(write(files).html()).isRegularFile().satisfies(html -> assertThat(Files.size(html)).isLessThan(100_000));
    }

    @Test
    void withoutATagTheLargestModelIsReportedOn() throws IOException {
        files(ModelStage.BASE, "other").started(0);
        assertThat(ReportCard.of(base, Optional.empty(), Optional.empty(), RunFiles.BEGIN).modelTag()).isEqualTo("other");
        files(ModelStage.SFT, "d12").checkpoint(1);
        files(ModelStage.BASE, "d4").started(0);
        assertThat(ReportCard.of(base, Optional.empty(), Optional.empty(), RunFiles.BEGIN).modelTag()).isEqualTo("d12");
    }

    @Test
    void whatIsMissingIsExplained() throws IOException {
        assertThatThrownBy(() -> ReportCard.of(base, Optional.empty(), Optional.empty(), RunFiles.BEGIN)).isInstanceOf(
                BadInputException.class)
                .hasMessageContaining("train a model first");
        files(ModelStage.SFT, "d4").started(0);
        assertThatThrownBy(() -> ReportCard.of(base, Optional.of("d5"), Optional.empty(), RunFiles.BEGIN))
                .isInstanceOf(BadInputException.class).hasMessageContaining("no model 'd5'").hasMessageContaining("there are: d4");
        assertThatThrownBy(() -> ReportCard.of(base, Optional.of("d4"), Optional.of(-1.0), RunFiles.BEGIN))
                .isInstanceOf(BadInputException.class).hasMessageContaining("dollars_per_hour must be");
    }
}
