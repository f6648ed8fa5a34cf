package nanochat.report;

import java.util.List;

/// Curves over a common axis.
///
/// @param unit of the values
/// @param steps the axis from left to right
/// @param values the axis from bottom to top
record Chart(String title, String unit, Axis steps, Axis values, List<Series> series) {
    Chart {
        series = List.copyOf(series);
    }

    /// How a series is drawn.
    enum Style {
        /// What the eye shall follow.
        LINE,
        /// What scatters behind it.
        FAINT,
        /// Single measurements, joined by a thin line.
        DOTS
    }

    /// One curve.
    record Series(String name, Style style, List<Point> points) {
        Series {
            points = List.copyOf(points);
        }

        double last() {
            return points.getLast().y();
        }
    }

    /// A finite number at a step.
    record Point(double x, double y) {}
}
