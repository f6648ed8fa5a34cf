package nanochat.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A chart in characters: the dots of Braille, two beside and four above each other in a character.
///
/// @param wide columns of the plot
/// @param high lines of the plot
record TerminalChart(Chart chart, int wide, int high) {
    private static final int BRAILLE = 0x2800;
    private static final int[][] DOTS = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    private static final int LABEL = 9;
    private static final String MARKS = "abcdefgh";

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(chart.title() + (chart.unit().isEmpty() ? "" : ", " + chart.unit()));
        int[][] plot = new int[high][wide];
        int[][] marks = new int[high][wide];
        for (int i = 0; i < chart.series().size(); i++) {
            draw(chart.series().get(i), plot, marks, chart.series().size() > 1 ? MARKS.charAt(i % MARKS.length()) : 0);
        }
        for (int row = 0; row < high; row++) {
            StringBuilder line = new StringBuilder(label(row));
            for (int column = 0; column < wide; column++) {
                line.appendCodePoint(marks[row][column] > 0 ? marks[row][column] : BRAILLE + plot[row][column]);
            }
            lines.add(line.toString());
        }
        lines.add(" ".repeat(LABEL) + below());
        for (int i = 0; chart.series().size() > 1 && i < chart.series().size(); i++) {
            lines.add(" ".repeat(LABEL) + MARKS.charAt(i % MARKS.length()) + "  " + chart.series().get(i).name());
        }
        return lines;
    }

    private void draw(Chart.Series series, int[][] plot, int[][] marks, int mark) {
        double lastX = Double.NaN;
        double lastY = Double.NaN;
        for (Chart.Point point : series.points()) {
            double x = chart.steps().fraction(point.x()) * (2 * wide - 1);
            double y = (1 - chart.values().fraction(point.y())) * (4 * high - 1);
            int steps = Double.isNaN(lastX) ? 1 : 1 + (int) Math.max(Math.abs(x - lastX), Math.abs(y - lastY));
            for (int i = 1; i <= steps; i++) {
                double share = (double) i / steps;
                dot(plot, Double.isNaN(lastX) ? x : lastX + share * (x - lastX), Double.isNaN(lastY) ? y : lastY + share * (y - lastY));
            }
            lastX = x;
            lastY = y;
        }
        if (mark > 0 && !series.points().isEmpty()) {
            marks[(int) Math.clamp(lastY / 4, 0, high - 1)][(int) Math.clamp(lastX / 2, 0, wide - 1)] = mark;
        }
    }

    private void dot(int[][] plot, double x, double y) {
        int column = Math.clamp(Math.round(x), 0, 2 * wide - 1);
        int row = Math.clamp(Math.round(y), 0, 4 * high - 1);
        plot[row / 4][column / 2] |= DOTS[row % 4][column % 2];
    }

    /// The tick nearest to this line, if one is on it.
    private String label(int row) {
        String label = chart.values().ticks().stream()
                .filter(tick -> (int) Math.clamp((1 - chart.values().fraction(tick.value())) * high, 0, high - 1) == row)
                .map(Axis.Tick::label).findFirst().orElse("");
        return " ".repeat(Math.max(0, LABEL - 1 - TextWidth.of(label))) + TextWidth.cut(label, LABEL - 1) + " ";
    }

    private String below() {
        char[] line = new char[wide + LABEL];
        Arrays.fill(line, ' ');
        int free = 0;
        for (Axis.Tick tick : chart.steps().ticks()) {
            int at = Math.max(free, (int) (chart.steps().fraction(tick.value()) * (wide - 1)) - tick.label().length() / 2);
            if (at + tick.label().length() <= line.length && (free == 0 || at > free)) {
                tick.label().getChars(0, tick.label().length(), line, at);
                free = at + tick.label().length() + 1;
            }
        }
        return new String(line).stripTrailing();
    }
}
