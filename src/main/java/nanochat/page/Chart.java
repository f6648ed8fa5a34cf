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
    public record Series(String name, Style style, List<Point> points) {
        public Series {
            points = List.copyOf(points);
        }

        double last() {
            return points.getLast().y();
        }
    }

    /// A finite number at a step.
    public record Point(double x, double y) {}
}
