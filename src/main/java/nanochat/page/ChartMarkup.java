package nanochat.page;

import java.util.List;
import java.util.Locale;
import nanochat.page.Chart.Point;
import nanochat.page.Chart.Series;

/// A chart as SVG that stretches to any width. The curves are in an SVG of [#SIZE] by [#SIZE] units which is stretched over the plot, with strokes
/// that keep their width; the labels stand beside it as text, so that they stay readable on a phone.
final class ChartMarkup {
    /// Units of the plot, in both directions.
    static final int SIZE = 1000;

    private ChartMarkup() {
    }

    static void write(Markup page, Chart chart) {
        page.open("figure").open("figcaption").element("strong", chart.title()).text(" ").element("span", chart.unit()).close();
        page.open("div", "class", "plot");
        page.open("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox", "0 0 " + SIZE + " " + SIZE, "preserveAspectRatio", "none",
                "role",
                "img", "aria-label", chart.title() + ", " + chart.unit());
        page.empty("path", "class", "grid", "d", grid(chart));
        chart.series().forEach(series -> write(page, chart, series));
        page.close();
        for (Axis.Tick tick : chart.values().ticks()) {
            page.element("span", tick.label(), "class", "y", "style", "top:" + percent(1 - chart.values().fraction(tick.value())));
        }
        for (Axis.Tick tick : chart.steps().ticks()) {
            page.element("span", tick.label(), "class", "x", "style", "left:" + percent(chart.steps().fraction(tick.value())));
        }
        page.close();
        page.open("ul", "class", "legend");
        for (Series series : chart.series()) {
            page.open("li", "class", style(series)).open("i").close().text(series.name());
            if (series.style() != Chart.Style.FAINT) { // what scatters has a last value that says little
                page.text(" ").element("b", Words.significant(series.last()));
            }
            page.close();
        }
        page.close().close().newline();
    }

    private static void write(Markup page, Chart chart, Series series) {
        page.empty("path", "class", style(series), "d", line(chart, series.points()));
        if (series.style() == Chart.Style.DOTS) {
            page.empty("path", "class", style(series) + " dot", "d", dots(chart, series.points()));
        }
    }

    private static String style(Series series) {
        return switch (series.style()) {
            case LINE -> "line";
            case FAINT -> "faint";
            case DOTS -> "dots";
        } + " c" + series.colour() % Series.COLOURS;
    }

    private static String grid(Chart chart) {
        StringBuilder path = new StringBuilder();
        for (Axis.Tick tick : chart.values().ticks()) {
            path.append('M').append(0).append(' ').append(y(chart, tick.value())).append('H').append(SIZE);
        }
        return path.toString();
    }

    private static String line(Chart chart, List<Point> points) {
        StringBuilder path = new StringBuilder();
        for (Point point : points) {
            path.append(path.isEmpty() ? 'M' : 'L').append(x(chart, point.x())).append(' ').append(y(chart, point.y()));
        }
        return path.toString();
    }

    /// Lines of no length: their round ends are what is seen, and stay round when the plot is stretched.
    private static String dots(Chart chart, List<Point> points) {
        StringBuilder path = new StringBuilder();
        for (Point point : points) {
            path.append('M').append(x(chart, point.x())).append(' ').append(y(chart, point.y())).append("h0");
        }
        return path.toString();
    }

    private static String x(Chart chart, double value) {
        return tenths(SIZE * chart.steps().fraction(value));
    }

    private static String y(Chart chart, double value) {
        return tenths(SIZE * (1 - chart.values().fraction(value)));
    }

    private static String tenths(double value) {
        long tenths = Math.round(10 * value);
        return tenths % 10 == 0 ? Long.toString(tenths / 10) : String.format(Locale.ROOT, "%.1f", tenths / 10.0);
    }

    private static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.2f%%", 100 * fraction);
    }
}
