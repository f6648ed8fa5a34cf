package nanochat.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import nanochat.runs.Track.Part;
import nanochat.runs.Track.Place;
import org.junit.jupiter.api.Test;

/// Oracle: means and extremes of the rows of each stretch, taken from all rows at once.
class TrackTest {
    private static Place place(int step) {
        return new Place(step, step * 0.5, step * 100.0, step * 1e6);
    }

    private static Track of(double... values) {
        Track track = new Track(List.of("loss"));
        for (int step = 0; step < values.length; step++) {
            track.add(place(step), new double[]{values[step]});
        }
        return track;
    }

    private static double[] random(int count) {
        return new Random(count).doubles(count).map(each -> 1 + each).toArray();
    }

    @Test
    void aShortTrackIsToldRowByRow() {
        Part part = of(3, Double.NaN, 2).since(0, 0);
        assertThat(part.width()).isEqualTo(1);
        assertThat(part.step()).containsExactly(0, 1, 2);
        assertThat(part.seconds()).containsExactly(0, 0.5, 1);
        assertThat(part.tokens()).containsExactly(0, 100, 200);
        assertThat(part.flops()).containsExactly(0, 1e6, 2e6);
        assertThat(part.mean()).containsEntry("loss", List.of(Optional.of(3.0), Optional.empty(), Optional.of(2.0)));
        assertThat(part.low()).isEmpty();
    }

    @Test
    void aLongTrackKeepsMeansAndExtremesOfStretchesOfOneLength() {
        for (int rows : List.of(Track.MOST, Track.MOST + 1, 5000, 100_000)) {
            double[] values = random(rows);
            values[rows / 3] = 50;
            Part part = of(values).since(0, 0);
            assertThat(part.step().length).isBetween(rows > Track.MOST ? Track.MOST / 2 : rows, Track.MOST);
            assertThat(part.step()[part.step().length - 1]).isEqualTo(rows - 1);
            for (int i = 0; i < part.step().length; i++) {
                int from = i * part.width();
                int to = Math.min(rows, from + part.width());
                assertThat(part.step()[i]).isEqualTo(to - 1);
                double[] stretch = IntStream.range(from, to).mapToDouble(row -> values[row]).toArray();
                double mean = IntStream.range(0, stretch.length).mapToDouble(row -> stretch[row]).average().orElseThrow();
                assertThat(part.mean().get("loss").get(i).orElseThrow()).isCloseTo(mean, within(1e-4));
                if (part.width() > 1) {
                    assertThat(part.low().get("loss").get(i).orElseThrow()).isCloseTo(min(stretch), within(1e-4));
                    assertThat(part.high().get("loss").get(i).orElseThrow()).isCloseTo(-min(IntStream.range(0, stretch.length)
                            .mapToDouble(row -> -stretch[row]).toArray()), within(1e-4));
                }
            }
        }
    }

    private static double min(double[] values) {
        return java.util.Arrays.stream(values).min().orElseThrow();
    }

    /// Whoever replaces what he has from `from` on, has at every moment what a newcomer gets.
    @Test
    void whoFollowsHasWhatANewcomerGets() {
        double[] values = random(3000);
        Track track = new Track(List.of("loss"));
        List<Integer> steps = new java.util.ArrayList<>();
        int width = 0;
        int largest = 0;
        for (int step = 0; step < values.length; step++) {
            track.add(place(step), new double[]{values[step]});
            if (step % 7 == 0) {
                Part part = track.since(width, steps.size());
                steps.subList(part.from(), steps.size()).clear();
                IntStream.of(part.step()).forEach(steps::add);
                assertThat(steps).isEqualTo(IntStream.of(track.since(0, 0).step()).boxed().toList());
                largest = part.width() == width ? Math.max(largest, part.step().length) : largest;
                width = part.width();
            }
        }
        assertThat(largest).as("what is sent where nothing was joined: the last stretch, and what came since").isLessThanOrEqualTo(8);
    }

    @Test
    void aRunThatGoesBackForgetsWhatItTakesAgain() {
        Track track = of(random(10));
        track.dropFrom(4);
        assertThat(track.end().step()).isEqualTo(3);
        track.dropFrom(0);
        assertThat(track.isEmpty()).isTrue();
    }

    @Test
    void figuresHaveSixDigits() {
        Track track = new Track(List.of("x"));
        double[] given = {1.23456789, 123456789, 1.23456789e-7, -0.000123456789, 0, 9.9999999e15};
        double[] expected = {1.23457, 123457000, 1.23457e-7, -0.000123457, 0, 1e16};
        for (double each : given) {
            track.add(place(0), new double[]{each});
        }
        List<Optional<Double>> told = track.since(0, 0).mean().get("x");
        for (int i = 0; i < given.length; i++) {
            assertThat(told.get(i).orElseThrow()).isCloseTo(expected[i], within(Math.abs(expected[i]) * 1e-9));
            assertThat(Double.toString(told.get(i).orElseThrow()).length()).isLessThanOrEqualTo(14);
        }
    }
}
