package nanochat.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import nanochat.page.Chart.Point;
import nanochat.page.Chart.Series;
import nanochat.page.Chart.Style;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// By hand: where points and ticks must lie.
class ChartTest {
    private static List<String> labels(Axis axis) {
        return axis.ticks().stream().map(Axis.Tick::label).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0    | 500     | 0, 100, 200, 300, 400, 500
            0    | 100     | 0, 20, 40, 60, 80, 100
            0    | 7       | 0, 2, 4, 6
            0    | 1       | 0.0, 0.2, 0.4, 0.6, 0.8, 1.0
            0.25 | 0.5     | 0.25, 0.30, 0.35, 0.40, 0.45, 0.50
            0    | 20000   | 0, 5000, 10k, 15k, 20k
            0    | 2000000 | 0, 500k, 1M, 1.5M, 2M
            -1   | 1       | -1.0, -0.5, 0.0, 0.5, 1.0
            3    | 3       | 3.0, 3.2, 3.4, 3.6, 3.8, 4.0
            """)
    void ticksAreAtRoundNumbers(double min, double max, String expected) {
        assertThat(String.join(", ", labels(Axis.from(min, max)))).isEqualTo(expected);
    }

    @Test
    void anAxisAroundValuesBeginsAndEndsAtATick() {
        Axis axis = Axis.around(DoubleStream.of(1.23, 4.56));
        assertThat(axis.min()).isEqualTo(1);
        assertThat(axis.max()).isEqualTo(5);
        assertThat(labels(axis)).containsExactly("1", "2", "3", "4", "5");
        Axis ofOne = Axis.around(DoubleStream.of(0.7));
        assertThat(ofOne.min()).isLessThanOrEqualTo(0.7);
        assertThat(ofOne.max()).isGreaterThan(0.7);
        assertThat(Axis.around(DoubleStream.of(0, 0)).min()).isZero();
    }

    @Test
    void aLogarithmicAxisHasEqualRatiosAtEqualDistances() {
        Axis axis = Axis.logarithmic(DoubleStream.of(0.5, 8));
        assertThat(axis.fraction(0.5)).isZero();
        assertThat(axis.fraction(1)).isCloseTo(0.25, within(1e-12));
        assertThat(axis.fraction(2)).isCloseTo(0.5, within(1e-12));
        assertThat(axis.fraction(8)).isEqualTo(1);
        assertThat(labels(axis)).containsExactly("0.5", "1", "2", "5");
        assertThat(labels(Axis.logarithmic(DoubleStream.of(1, 100_000)))).containsExactly("1", "10", "100", "1000", "10k", "100k");
        assertThat(labels(Axis.logarithmic(DoubleStream.of(0.6, 3.5)))).containsExactly("0.6", "0.8", "1", "1.5", "2", "3");
        assertThat(labels(Axis.logarithmic(DoubleStream.of(2.1, 2.2)))).hasSizeGreaterThan(2);
    }

    @Test
    void pointsLieWhereTheirValuesSay() {
        Chart chart = new Chart("Loss", "nats", Axis.from(0, 10), Axis.from(0, 4), List.of(
                new Series("line", Style.LINE, List.of(new Point(0, 0), new Point(5, 4), new Point(10, 1))),
                new Series("dots", Style.DOTS, List.of(new Point(2.5, 2), new Point(1, 0.001)))));
        Markup page = new Markup();
        ChartMarkup.write(page, chart);
        assertThat(page.toString()).contains("class=\"line c0\" d=\"M0 1000L500 0L1000 750\"")
                .contains("class=\"dots c1\" d=\"M250 500L100 999.8\"").contains("class=\"dots c1 dot\" d=\"M250 500h0M100 999.8h0\"")
                .contains("<path class=\"grid\" d=\"M0 1000H1000M0 750H1000M0 500H1000M0 250H1000M0 0H1000\"/>")
                .contains("<span class=\"x\" style=\"left:20.00%\">2</span>").contains("<span class=\"y\" style=\"top:75.00%\">1</span>")
                .contains("line <b>1</b>").contains("dots <b>0.001</b>");
    }

    @Test
    void thinnedCurvesKeepWhatSticksOut() {
        SplittableRandom random = new SplittableRandom(3);
        List<Point> points = new ArrayList<>();
        for (int step = 0; step < 100_000; step++) {
            points.add(new Point(step, random.nextDouble()));
        }
        points.set(54_321, new Point(54_321, 9));
        points.set(77_777, new Point(77_777, -9));
        List<Point> thin = Thinning.extremes(points);
        assertThat(thin).hasSizeLessThanOrEqualTo(2 * Thinning.BUCKETS + 2).contains(points.getFirst(), points.get(54_321),
                points.get(77_777), points.getLast());
        assertThat(thin).isSubsetOf(points).isSortedAccordingTo((a, b) -> Double.compare(a.x(), b.x()));
        assertThat(Thinning.extremes(points.subList(0, 100))).isEqualTo(points.subList(0, 100));
        List<Point> means = Thinning.means(points);
        assertThat(means).hasSize(Thinning.BUCKETS + 2);
        assertThat(means.subList(1, means.size() - 1)).allSatisfy(point -> assertThat(point.y()).isBetween(0.3, 0.7));
    }

    @Test
    void oneSlowStepDoesNotMoveTheMedians() {
        List<Point> points = new ArrayList<>();
        for (int step = 0; step < 50; step++) {
            points.add(new Point(step, step == 20 ? 1 : 100));
        }
        assertThat(Thinning.medians(points)).hasSize(50).allSatisfy(point -> assertThat(point.y()).isEqualTo(100));
    }

    @Test
    void wordsForNumbers() {
        assertThat(List.of(Words.significant(0.075), Words.significant(12), Words.significant(0.00001234), Words.significant(5.559e13),
                Words
                        .significant(0), Words.significant(123456))).containsExactly("0.075", "12", "1.23 × 10⁻⁵", "5.56 × 10¹³", "0",
                                "123000");
        assertThat(List.of(Words.duration(59.4), Words.duration(60), Words.duration(252), Words.duration(7200), Words.duration(11_520),
                Words
                        .duration(187_200))).containsExactly("59\u00a0s", "1\u00a0min", "4\u00a0min\u00a012\u00a0s", "2\u00a0h",
                                "3\u00a0h\u00a012\u00a0min", "2\u00a0d\u00a04\u00a0h");
        assertThat(List.of(Words.dollars(0.004), Words.dollars(1234.5), Words.dollars(0))).containsExactly("$0.0040", "$1,234.50", "$0.00");
    }
}
