package nanochat.page;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nanochat.page.Chart.Point;
import nanochat.page.Chart.Series;

/// A document as Markdown (with the tables of GitHub); curves become a row of bars.
public final class MarkdownPage {
    private static final String BARS = "▁▂▃▄▅▆▇█";
    private static final int BARS_WIDE = 48;

    private final StringBuilder page = new StringBuilder();

    private MarkdownPage() {
    }

    public static String of(Document document) {
        MarkdownPage markdown = new MarkdownPage();
        markdown.write(document);
        return markdown.page.toString().stripTrailing() + "\n";
    }

    private void write(Document document) {
        line("# " + text(document.title()));
        line(text(document.lead()));
        table(List.of("", ""), document.figures().stream().map(figure -> List.of(figure.label(), figure.value())).toList());
        for (Document.Section section : document.sections()) {
            line("## " + text(section.title()));
            section.blocks().forEach(this::write);
        }
        line("---");
        line(text(document.foot()));
    }

    private void write(Block block) {
        switch (block) {
            case Block.Paragraph paragraph -> line(text(paragraph.text()));
            case Block.Facts facts -> {
                line("### " + text(facts.title()));
                table(List.of("", ""), facts.facts().stream().map(fact -> List.of(fact.name(), fact.value())).toList());
            }
            case Block.Table table -> {
                line("### " + text(table.title()));
                table(table.header(), table.rows());
            }
            case Block.Charts charts -> charts.charts().forEach(this::write);
            case Block.Shares shares -> {
                line("### " + text(shares.title()));
                table(List.of("", ""), shares.shares().stream().map(share -> List.of(share.name(), share.label())).toList());
            }
            case Block.Cells cells -> {
                line("### " + text(cells.title()));
                table(List.of("", ""), cells.cells().stream().map(cell -> List.of(cell.text(), cell.note())).toList());
            }
            case Block.Lanes lanes -> {
                line("### " + text(lanes.title()));
                table(List.of("", ""), lanes.lanes().stream().map(lane -> List.of(lane.name(), lane.stretches().stream()
                        .map(stretch -> stretch.label() + " (" + Words.significant(stretch.start()) + "–" + Words.significant(stretch.end())
                                + ")").collect(Collectors.joining(", ")))).toList());
            }
            case Block.HeatMap map -> {
                line("### " + text(map.title()));
                List<List<String>> rows = new ArrayList<>();
                for (int i = 0; i < map.rows().size(); i++) {
                    rows.add(Stream.concat(Stream.of(map.rows().get(i)), map.shares().get(i).stream().map(share -> Words.decimals(share,
                            2)))
                            .toList());
                }
                table(Stream.concat(Stream.of(""), map.columns().stream()).toList(), rows);
            }
            case Block.Check check -> line((check.holds() ? "✓ " : "✗ ") + text(check.statement()));
            case Block.Excerpt excerpt -> {
                line(text(excerpt.place()));
                line("```java\n" + excerpt.code() + "\n```");
            }
            case Block.Commands commands -> line("```text\n" + String.join("\n", commands.lines()).replace('`', '\'') + "\n```");
            case Block.Samples samples -> {
                for (Block.Prompt prompt : samples.prompts()) {
                    line("**" + text(prompt.text()) + "**");
                    table(List.of("", "", ""), prompt.answers().stream()
                            .map(answer -> List.of(answer.when(), answer.text(), answer.right() ? "✓" : "")).toList());
                }
            }
        }
    }

    private void write(Chart chart) {
        line("**" + text(chart.title()) + "**, " + text(chart.unit()));
        String curves = chart.series().stream().filter(series -> series.style() != Chart.Style.FAINT)
                .map(series -> bars(chart.values(), series) + "  " + series.name()).collect(Collectors.joining("\n"));
        line("```text\n" + curves.replace('`', '\'') + "\n```");
    }

    /// The mean of every stretch as a bar between the ends of the axis.
    private static String bars(Axis axis, Series series) {
        StringBuilder bars = new StringBuilder();
        int wide = Math.min(BARS_WIDE, series.points().size());
        for (int i = 0; i < wide; i++) {
            List<Point> stretch = series.points().subList(i * series.points().size() / wide, (i + 1) * series.points().size() / wide);
            double mean = stretch.stream().mapToDouble(point -> axis.fraction(point.y())).average().orElse(0);
            bars.append(BARS.charAt((int) Math.clamp(mean * BARS.length(), 0, BARS.length() - 1)));
        }
        return bars.toString();
    }

    private void table(List<String> header, List<List<String>> rows) {
        if (rows.isEmpty()) {
            return;
        }
        row(header);
        page.append("|---".repeat(header.size())).append("|\n");
        rows.forEach(this::row);
        page.append('\n');
    }

    private void row(List<String> cells) {
        page.append(cells.stream().map(MarkdownPage::text).collect(Collectors.joining(" | ", "| ", " |"))).append('\n');
    }

    private void line(String text) {
        page.append(text).append("\n\n");
    }

    /// Plain text: nothing in it is markup, and it is on one line.
    private static String text(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(character -> {
            switch (character) {
                case '\n', '\r', '\t' -> escaped.append(' ');
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '\\', '`', '*', '_', '{', '}', '[', ']', '#', '|', '~' -> escaped.append('\\').appendCodePoint(character);
                default -> escaped.appendCodePoint(character < 0x20 || character >= 0xD800 && character < 0xE000 ? 0xFFFD : character);
            }
        });
        return escaped.toString();
    }
}
