package nanochat.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.compare.Findings.Moment;
import nanochat.compare.Findings.Run;
import nanochat.compare.Findings.Standing;
import nanochat.eval.BitsPerByte;
import nanochat.eval.HeldOut;
import nanochat.objective.Likelihood;
import nanochat.objective.ObjectiveChoice;
import nanochat.page.MarkdownPage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the page says of findings made up by hand.
class ComparisonPageTest {
    private static final Conditions CONDITIONS = SmallComparison.conditions(6e13, List.of(1.0));

    private static HeldOutText heldOut(Likelihood likelihood, double bits) {
        return new HeldOutText(HeldOut.of(likelihood, new BitsPerByte(bits * Math.log(2) * 1000, 1000, 300)), 300);
    }

    /// A run that knew more and more.
    private static Run run(ObjectiveChoice objective, long seed, double bits, int... right) {
        Outcome outcome = outcome(objective, 1);
        List<Moment> blanks = IntStream.range(0, right.length).mapToObj(i -> new Moment(500 * (i + 1) / right.length, 250.0 * (i + 1)
                / right.length, new Cloze(right[i], 200))).toList();
        Optional<Writing> writing = Optional.of(new Writing(Optional.of(0.4), Optional.empty(), 0.8, 0.25, !objective.writesOn(), objective
                .writesOn() ? Writing.TOKENS : 6, 0.05));
        return new Run(seed, outcome, Optional.of(heldOut(objective.likelihood(), bits)), blanks, Optional.of(new Probe(Map.of("order", 0.7,
                "relation", 0.9))), writing, Optional.of(heldOut(Likelihood.EXACT, bits / 2)));
    }

    private static Outcome outcome(ObjectiveChoice objective, double rate) {
        return new Outcome(objective, rate, 6e13, 2_000_000, 500, 250, Optional.of(900_000_000L), List.of(new Outcome.Point(0, 0, 9),
                new Outcome.Point(500, 250, 2 * rate)));
    }

    private static Findings findings() {
        ObjectiveChoice next = ObjectiveChoice.nextToken();
        ObjectiveChoice masked = new ObjectiveChoice.OfMasked(0.15);
        ObjectiveChoice diffusion = new ObjectiveChoice.OfDiffusion();
        return new Findings(CONDITIONS, 2, List.of(new Standing(next, List.of(outcome(next, 0.5), outcome(next, 1)), List.of(run(next, 1,
                1.0,
                60, 90, 120, 150), run(next, 2, 1.1, 62, 95, 124, 154))), new Standing(masked, List.of(outcome(masked, 1)), List.of(run(
                        masked, 1, 2.0, 50, 70, 80, 90))), new Standing(diffusion, List.of(), List.of(run(diffusion, 1, 0.9, 40, 40, 40,
                                40)))), Optional.of(new Probe(Map.of("order", 0.5, "relation", 0.3))));
    }

    @Test
    void likelihoodsOfDifferentKindsAreInDifferentTables(@TempDir Path folder) throws Exception {
        ComparisonPage.Files files = ComparisonPage.write(folder, findings());
        String markdown = Files.readString(files.markdown());
        assertThat(markdown).contains("never to be compared with each other", "| next-token | 1.0500 (1.0000–1.1000) |");
        String exact = between(markdown, "Exact", "Upper bound");
        assertThat(exact).contains("next-token").doesNotContain("diffusion", "masked");
        String bound = between(markdown, "Upper bound", "nats a hidden token");
        assertThat(bound).contains("diffusion", "0.9000").doesNotContain("masked");
        assertThat(markdown).contains("≤ 0.900");
        assertThat(Files.readString(files.html())).contains("class=\"dots c0\"", "class=\"dots c1\"", "class=\"dots c2\"");
    }

    private static String between(String text, String from, String to) {
        int start = text.indexOf(from, text.indexOf("## Likelihood"));
        return text.substring(start, text.indexOf(to, start));
    }

    @Test
    void whatIsNotKnownYetIsADash() {
        ObjectiveChoice next = ObjectiveChoice.nextToken();
        String markdown = MarkdownPage.of(ComparisonPage.of(new Findings(CONDITIONS, 2, List.of(new Standing(next, List.of(), List.of())),
                Optional.empty())));
        assertThat(markdown).contains("0 of 2", "| next-token | – |").doesNotContain("NaN", "Infinity");
    }

    @Test
    void aScoreIsReachedBetweenTwoMeasurements() {
        Run run = findings().standings().getFirst().runs().getFirst();
        assertThat(run.cloze()).contains(new Cloze(150, 200));
        // 45% after 125 s, 60% after 187.5 s
        assertThat(run.secondsTo(0.5, 0.25).orElseThrow()).isCloseTo(125 + 62.5 * (0.5 - 0.45) / (0.6 - 0.45),
                org.assertj.core.api.Assertions
                        .within(1e-9));
        assertThat(run.secondsTo(0.2, 0.25)).as("known from the beginning").contains(0.0);
        assertThat(run.secondsTo(0.9, 0.25)).isEmpty();
    }

    @Test
    void theLowestLossIsTheBestRate() {
        assertThat(Findings.best(findings().standings().getFirst().sweep()).orElseThrow().rate()).isEqualTo(0.5);
        assertThat(Spread.of(List.of(1.0, 2.0)).orElseThrow().isBelow(Spread.of(List.of(2.5, 3.0)).orElseThrow())).isTrue();
        assertThat(Spread.of(List.of(1.0, 2.6)).orElseThrow().isBelow(Spread.of(List.of(2.5, 3.0)).orElseThrow())).isFalse();
        assertThat(Spread.of(List.of())).isEmpty();
    }
}
