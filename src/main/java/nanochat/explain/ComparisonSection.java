package nanochat.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.compare.ComparisonPage;
import nanochat.compare.Findings;
import nanochat.io.BaseDirectory;
import nanochat.page.Block.Charts;
import nanochat.page.Block.Table;
import nanochat.page.Words;

/// Which objective is better, as the last comparison in the reader's base directory measured it.
final class ComparisonSection {
    private static final String NONE = "–";

    private ComparisonSection() {
    }

    static void show(Subject subject, Explanation page) {
        page.section("measured.title");
        Optional<Findings> found = subject.choice().flatMap(choice -> Findings.latest(new BaseDirectory(choice.checkpoints().folder()
                .resolve("..").resolve("..")).comparisons()));
        if (found.isEmpty()) {
            page.say("measured.none");
            return;
        }
        Findings findings = found.get();
        page.say("measured", Words.significant(findings.conditions().targetFlops()), Words.whole(findings.seeds()));
        ComparisonPage.blanks(findings, page.words("measured.chart"), page.words("measured.unit")).ifPresent(chart -> page.show(new Charts(
                List.of(chart))));
        List<List<String>> rows = new ArrayList<>();
        findings.standings().forEach(standing -> {
            standing.cloze().ifPresent(spread -> page.number("measured_blanks_" + standing.objective().title(), spread.mean()));
            rows.add(List.of(standing.objective().title(), standing.cloze().map(spread -> spread.inWords(Words::percent)).orElse(NONE),
                    standing.probe().map(spread -> spread.inWords(Words::percent)).orElse(NONE), standing.continued().map(spread -> spread
                            .inWords(bits -> Words.decimals(bits, 4))).orElse(NONE)));
        });
        page.show(new Table(page.words("measured.table"), List.of(page.words("compare.objective"), page.words("measured.blanks"), page
                .words(
                        "measured.probe"), page.words("measured.continued")), rows));
    }
}
