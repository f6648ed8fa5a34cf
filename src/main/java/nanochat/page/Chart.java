package nanochat.page;

import java.util.List;

/// Curves over a common axis.
///
/// @param unit of the values
/// @param steps the axis from left to right
/// @param values the axis from bottom to top
public record Chart(String title, String unit, Axis steps, Axis values, List<Series> series) {
    public Chart {
        series = List.copyOf(series);
    }

    /// How a series is drawn.
    public enum Style {
        /// What the eye shall follow.
        LINE,
        /// What scatters behind it.
        FAINT,
        /// Single measurements, joined by a thin line.
        DOTS
    }

    /// One curve.
    ///
    /// @param colour 0, 1, 2, ... have colours of their own, which begin again after the last
    public record Series(String name, Style style, int colour, List<Point> points) {
        /// So many colours there are.
        static final int COLOURS = 8;

        public Series {
            points = List.copyOf(points);
        }

        /// In the colour of its style: what is measured on validation data looks the same in all charts.
        public Series(String name, Style style, List<Point> points) {
            this(name, style, switch (style) {
                case LINE, FAINT -> 0;
                case DOTS -> 1;
            }, points);
        }

        double last() {
            return points.getLast().y();
        }
    }

    /// A finite number at a step.
    public record Point(double x, double y) {}
}
