package nanochat.runs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// What is measured again and again in a run, thinned as it comes: of every stretch of rows the mean, the lowest and the highest value of each column.
/// A stretch is one row at first; when there are too many stretches, two neighbours become one, and stretches are twice as long from then on. So the
/// memory is bounded, a row costs the same however many came before, and what sticks out is never lost.
final class Track {
    /// The most stretches; at least half as many are there once they are longer than a row. A chart is about a thousand dots wide.
    static final int MOST = 1024;
    private static final int DIGITS = 6;

    private final List<String> columns;
    private final List<Stretch> stretches = new ArrayList<>();
    /// Rows of a stretch.
    private int width = 1;

    /// Where in its run something was.
    ///
    /// @param step optimizer steps taken before
    /// @param seconds spent in steps
    /// @param tokens trained on
    /// @param flops floating-point operations spent on them
    record Place(int step, double seconds, double tokens, double flops) {}

    /// Part of a track, as a browser takes it over: what it has from `from` on is replaced.
    ///
    /// @param width rows of a stretch; where it is 1, `low` and `high` are empty
    /// @param step and the other three: where each stretch ended
    /// @param mean of each column by name; empty where a stretch has no value
    record Part(int width, int from, int[] step, double[] seconds, double[] tokens, double[] flops,
            Map<String, List<Optional<Double>>> mean,
            Map<String, List<Optional<Double>>> low, Map<String, List<Optional<Double>>> high) {}

    private static final class Stretch {
        private Place end;
        private int rows = 1;
        private final int[] counts;
        private final double[] sums;
        private final float[] lows;
        private final float[] highs;

        Stretch(Place end, double[] values) {
            this.end = end;
            counts = new int[values.length];
            sums = new double[values.length];
            lows = new float[values.length];
            highs = new float[values.length];
            Arrays.fill(lows, Float.POSITIVE_INFINITY);
            Arrays.fill(highs, Float.NEGATIVE_INFINITY);
            add(values);
        }

        private void add(double[] values) {
            for (int i = 0; i < values.length; i++) {
                if (Double.isFinite(values[i])) {
                    counts[i]++;
                    sums[i] += values[i];
                    lows[i] = Math.min(lows[i], (float) values[i]);
                    highs[i] = Math.max(highs[i], (float) values[i]);
                }
            }
        }

        void add(Place place, double[] values) {
            end = place;
            rows++;
            add(values);
        }

        void join(Stretch next) {
            end = next.end;
            rows += next.rows;
            for (int i = 0; i < counts.length; i++) {
                counts[i] += next.counts[i];
                sums[i] += next.sums[i];
                lows[i] = Math.min(lows[i], next.lows[i]);
                highs[i] = Math.max(highs[i], next.highs[i]);
            }
        }
    }

    Track(List<String> columns) {
        this.columns = List.copyOf(columns);
    }

    /// Adds a row.
    ///
    /// @param values of the columns in order; NaN or infinite where there is none
    void add(Place place, double[] values) {
        if (!stretches.isEmpty() && stretches.getLast().rows < width) {
            stretches.getLast().add(place, values);
            return;
        }
        if (stretches.size() == MOST) {
            halve();
        }
        stretches.add(new Stretch(place, values));
    }

    private void halve() {
        for (int i = 0; i < MOST / 2; i++) {
            Stretch first = stretches.get(2 * i);
            first.join(stretches.get(2 * i + 1));
            stretches.set(i, first);
        }
        stretches.subList(MOST / 2, MOST).clear();
        width *= 2;
    }

    /// Forgets the stretches that end at a step or after it: the run has gone back to it.
    void dropFrom(int step) {
        while (!stretches.isEmpty() && stretches.getLast().end.step() >= step) {
            stretches.removeLast();
        }
    }

    boolean isEmpty() {
        return stretches.isEmpty();
    }

    /// Where the last row was.
    Place end() {
        return stretches.getLast().end;
    }

    int width() {
        return width;
    }

    int size() {
        return stretches.size();
    }

    /// What has changed for somebody who has `size` stretches of `width` rows.
    Part since(int knownWidth, int knownSize) {
        int from = knownWidth == width ? Math.clamp(knownSize - 1L, 0, Math.max(0, stretches.size() - 1)) : 0;
        List<Stretch> some = stretches.subList(from, stretches.size());
        return new Part(width, from, some.stream().mapToInt(each -> each.end.step()).toArray(), rounded(some, each -> each.end.seconds()),
                rounded(some, each -> each.end.tokens()), rounded(some, each -> each.end.flops()),
                byColumn(some, (each, i) -> each.sums[i] / each.counts[i]), width == 1
                        ? Map.of()
                        : byColumn(some, (each, i) -> each.lows[i]),
                width == 1 ? Map.of() : byColumn(some, (each, i) -> each.highs[i]));
    }

    private static double[] rounded(List<Stretch> stretches, ToDoubleFunction<Stretch> value) {
        return stretches.stream().mapToDouble(each -> rounded(value.applyAsDouble(each))).toArray();
    }

    @FunctionalInterface
    private interface Value {
        double of(Stretch stretch, int column);
    }

    /// Columns that never had a value are left out.
    private Map<String, List<Optional<Double>>> byColumn(List<Stretch> some, Value value) {
        Map<String, List<Optional<Double>>> values = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            int column = i;
            if (stretches.stream().anyMatch(each -> each.counts[column] > 0)) {
                values.put(columns.get(i), some.stream().map(each -> each.counts[column] == 0
                        ? Optional.<Double>empty()
                        : Optional.of(rounded(value.of(each, column)))).toList());
            }
        }
        return values;
    }

    /// To as many digits as a chart can show, so that the text is short.
    private static double rounded(double value) {
        if (value == 0 || !Double.isFinite(value)) {
            return 0;
        }
        double unit = Math.pow(10, Math.floor(Math.log10(Math.abs(value))) - DIGITS + 1);
        return unit >= 1 ? Math.round(value / unit) * unit : Math.round(value / unit) / Math.rint(1 / unit);
    }
}
