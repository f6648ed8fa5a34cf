package nanochat.page;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A document for a terminal of 100 columns; without colours it says everything too.
///
/// @param colours whether the terminal shows them
public record TerminalPage(boolean colours) {
    static final int COLUMNS = 100;
    private static final String INDENT = "  ";
    private static final int LANE_NAME = 18;
    private static final int CHART_WIDE = 72;
    private static final int CHART_HIGH = 12;
    private static final int[] GROUPS = {153, 222, 157, 218, 183, 159};
    private static final int[] SHADES = {255, 254, 153, 117, 111, 75, 69, 63, 62, 61, 55};
    private static final String SHADE_MARKS = " .:-=+*%#@@";

    public String of(Document document) {
        List<String> lines = new ArrayList<>();
        lines.add(strong(document.title()));
        wrapped(document.lead(), "", lines);
        for (Document.Section section : document.sections()) {
            lines.add("");
            lines.add(strong(section.title()));
            section.blocks().forEach(block -> write(block, lines));
        }
        lines.add("");
        wrapped(document.foot(), "", lines);
        return String.join("\n", lines.stream().map(String::stripTrailing).toList()) + "\n";
    }

    private void write(Block block, List<String> lines) {
        switch (block) {
            case Block.Paragraph paragraph -> wrapped(paragraph.text(), "", lines);
            case Block.Facts facts -> {
                lines.add(quiet(facts.title()));
                int name = facts.facts().stream().mapToInt(fact -> TextWidth.of(fact.name())).max().orElse(0);
                facts.facts().forEach(fact -> {
                    List<String> value = TextWidth.wrap(oneLine(fact.value()), COLUMNS - name - 2 * INDENT.length());
                    for (int i = 0; i < value.size(); i++) {
                        lines.add(INDENT + TextWidth.fit(i == 0 ? oneLine(fact.name()) : "", name) + INDENT + value.get(i));
                    }
                });
            }
            case Block.Table table -> write(table, lines);
            case Block.Charts charts -> charts.charts().forEach(chart -> lines.addAll(new TerminalChart(chart, CHART_WIDE, CHART_HIGH)
                    .lines()));
            case Block.Shares shares -> {
                lines.add(quiet(shares.title()));
                shares.shares().forEach(share -> lines.add(INDENT + TextWidth.fit(oneLine(share.name()), LANE_NAME) + INDENT
                        + "█".repeat((int) Math.round(50 * share.amount() / Math.max(shares.total(), Double.MIN_NORMAL))) + " " + share
                                .label()));
            }
            case Block.Samples samples -> samples.prompts().forEach(prompt -> {
                lines.add(strong(prompt.text()));
                prompt.answers().forEach(answer -> lines.add(INDENT + TextWidth.fit(oneLine(answer.when()), 8)
                        + TextWidth.cut((answer.right() ? "✓ " : "  ") + oneLine(answer.text()), COLUMNS - 12)));
            });
            case Block.Cells cells -> write(cells, lines);
            case Block.Lanes lanes -> write(lanes, lines);
            case Block.HeatMap map -> write(map, lines);
            case Block.Check check -> wrapped(check.statement(), check.holds() ? "✓ " : "✗ ", lines);
            case Block.Excerpt excerpt -> lines.add(quiet(excerpt.place()));
            case Block.Commands commands -> commands.lines().forEach(line -> lines.add(INDENT + oneLine(line)));
        }
    }

    private void wrapped(String text, String mark, List<String> lines) {
        List<String> parts = TextWidth.wrap(oneLine(text), COLUMNS - TextWidth.of(mark));
        for (int i = 0; i < parts.size(); i++) {
            lines.add((i == 0 ? mark : " ".repeat(TextWidth.of(mark))) + parts.get(i));
        }
    }

    private void write(Block.Table table, List<String> lines) {
        lines.add(quiet(table.title()));
        int columns = table.header().size();
        int[] widths = IntStream.range(0, columns).map(column -> Math.max(TextWidth.of(table.header().get(column)),
                table.rows().stream().mapToInt(row -> TextWidth.of(oneLine(row.get(column)))).max().orElse(0))).toArray();
        int others = IntStream.range(1, columns).map(column -> widths[column] + 2).sum();
        widths[0] = Math.min(widths[0], Math.max(8, COLUMNS - INDENT.length() - others));
        lines.add(quiet(row(table.header(), widths)));
        table.rows().forEach(row -> lines.add(row(row, widths)));
    }

    private static String row(List<String> cells, int[] widths) {
        StringBuilder row = new StringBuilder(INDENT).append(TextWidth.fit(oneLine(cells.getFirst()), widths[0]));
        for (int column = 1; column < cells.size(); column++) {
            String cell = oneLine(cells.get(column));
            row.append("  ").repeat(' ', Math.max(0, widths[column] - TextWidth.of(cell))).append(cell);
        }
        return TextWidth.cut(row.toString(), COLUMNS);
    }

    /// Every cell as wide as the wider of its text and its note, as many in a line as fit.
    private void write(Block.Cells cells, List<String> lines) {
        lines.add(quiet(cells.title()));
        boolean notes = cells.cells().stream().anyMatch(cell -> !cell.note().isEmpty());
        StringBuilder texts = new StringBuilder(INDENT);
        StringBuilder below = new StringBuilder(INDENT);
        int taken = INDENT.length();
        for (Block.Cell cell : cells.cells()) {
            String text = oneLine(cell.text());
            String note = oneLine(cell.note());
            String shown = colours ? text : text + mark(cell.ground());
            int wide = Math.min(Math.max(TextWidth.of(shown), TextWidth.of(note)), COLUMNS - INDENT.length());
            if (taken + wide > COLUMNS) {
                lines.add(texts.toString());
                if (notes) {
                    lines.add(below.toString());
                }
                texts.setLength(INDENT.length());
                below.setLength(INDENT.length());
                taken = INDENT.length();
            }
            texts.append(on(cell.ground(), TextWidth.fit(shown, wide))).append(colours ? " " : "|");
            below.append(quiet(TextWidth.fit(note, wide))).append(' ');
            taken += wide + 1;
        }
        lines.add(texts.toString());
        if (notes) {
            lines.add(below.toString());
        }
    }

    private void write(Block.Lanes lanes, List<String> lines) {
        lines.add(quiet(lanes.title()));
        int wide = COLUMNS - LANE_NAME - 2 * INDENT.length();
        for (Block.Lane lane : lanes.lanes()) {
            StringBuilder line = new StringBuilder(INDENT).append(TextWidth.fit(oneLine(lane.name()), LANE_NAME)).append(INDENT);
            int at = 0;
            for (Block.Stretch stretch : lane.stretches()) {
                int start = Math.max(at, (int) Math.round(wide * stretch.start() / lanes.length()));
                int end = Math.min(wide, Math.max(start, (int) Math.round(wide * stretch.end() / lanes.length())));
                line.repeat(' ', start - at);
                line.append(colours
                        ? on(stretch.ground(), TextWidth.fit(oneLine(stretch.label()), end - start))
                        : filled(stretch, end - start));
                at = end;
            }
            lines.add(line.toString());
        }
        lines.add(quiet(INDENT + " ".repeat(LANE_NAME) + INDENT + "0 – " + Words.significant(lanes.length()) + " " + lanes.unit()));
    }

    private static String filled(Block.Stretch stretch, int columns) {
        String filler = switch (stretch.ground()) {
            case Block.Ground.Gone _ -> "·";
            case Block.Ground.Group group -> group.number() % 2 == 0 ? "=" : "-";
            case Block.Ground.Plain _,Block.Ground.Share _ -> "-";
        };
        String inside = TextWidth.cut(oneLine(stretch.label()), Math.max(0, columns - 2));
        return columns < 2 ? "|".repeat(columns) : "[" + inside + filler.repeat(columns - 2 - TextWidth.of(inside)) + "]";
    }

    private void write(Block.HeatMap map, List<String> lines) {
        lines.add(quiet(map.title()));
        int name = Math.min(LANE_NAME, map.rows().stream().mapToInt(TextWidth::of).max().orElse(0));
        int cell = Math.clamp((COLUMNS - name - 2 * INDENT.length()) / Math.max(1, map.columns().size()), 1, 3);
        for (int i = 0; i < map.rows().size(); i++) {
            lines.add(INDENT + TextWidth.fit(oneLine(map.rows().get(i)), name) + INDENT + map.shares().get(i).stream()
                    .limit((COLUMNS - name - 2L * INDENT.length()) / cell).map(share -> shade(share, cell)).collect(Collectors.joining()));
        }
    }

    private String shade(double share, int columns) {
        int step = step(share);
        return colours
                ? "\u001B[48;5;" + SHADES[step] + "m" + " ".repeat(columns) + "\u001B[0m"
                : String.valueOf(SHADE_MARKS.charAt(step)).repeat(columns);
    }

    private static int step(double share) {
        return Math.clamp(Math.round(10 * share), 0, 10);
    }

    /// What says without colours what the ground says.
    private static String mark(Block.Ground ground) {
        return switch (ground) {
            case Block.Ground.Plain _,Block.Ground.Group _ -> "";
            case Block.Ground.Share share -> "'" + step(share.value());
            case Block.Ground.Gone _ -> "'-";
        };
    }

    private String on(Block.Ground ground, String text) {
        if (!colours) {
            return text;
        }
        return switch (ground) {
            case Block.Ground.Plain _ -> "\u001B[7m" + text + "\u001B[0m";
            case Block.Ground.Group group -> behind(GROUPS[group.number() % GROUPS.length], text);
            case Block.Ground.Share share -> behind(SHADES[step(share.value())], text);
            case Block.Ground.Gone _ -> "\u001B[2;9m" + text + "\u001B[0m";
        };
    }

    private static String behind(int colour, String text) {
        int ink = colour == 55 || colour > 60 && colour < 64 ? 231 : 16;
        return "\u001B[38;5;" + ink + ";48;5;" + colour + "m" + text + "\u001B[0m";
    }

    /// Text of models and users must not command the terminal.
    private static String oneLine(String text) {
        StringBuilder line = new StringBuilder();
        text.codePoints().forEach(character -> line.appendCodePoint(
                Character.isWhitespace(character) ? ' ' : Character.isISOControl(character) ? 0xfffd : character));
        return line.toString();
    }

    private String strong(String text) {
        return colours ? "\u001B[1m" + oneLine(text) + "\u001B[0m" : oneLine(text);
    }

    private String quiet(String text) {
        return colours && !text.isBlank() ? "\u001B[2m" + oneLine(text) + "\u001B[0m" : oneLine(text);
    }
}
