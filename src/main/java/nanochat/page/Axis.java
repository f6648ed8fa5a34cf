package nanochat.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import nanochat.io.Progress;

/// One axis of a chart: which values it spans, how they lie on it, and where it has ticks.
///
/// @param min at the beginning
/// @param max at the end, above `min`
public record Axis(double min, double max, Scale scale, List<Tick> ticks) {
    /// About so many ticks.
    private static final int TICKS = 5;
    private static final double[] NICE = {1, 2, 5, 10};
    private static final double[][] LOGARITHMIC_TICKS = {{1}, {1, 2, 5}, {1, 1.5, 2, 3, 4, 6, 8}};
    /// From here on labels are shortened: 20k.
    private static final double LONG = 9_999.5;

    public Axis {
        ticks = List.copyOf(ticks);
        if (!(min < max)) {
            throw new IllegalArgumentException("An axis from " + min + " to " + max);
        }
    }

    /// How values lie on an axis.
    public enum Scale {
        LINEAR, LOGARITHMIC
    }

    /// A value with a label.
    public record Tick(double value, String label) {}

    /// An axis of exactly this range.
    public static Axis from(double min, double max) {
        double end = max > min ? max : min + 1;
        double step = niceStep(end - min);
        List<Tick> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(min / step - 1e-9); i * step <= end + 1e-9 * step; i++) {
            ticks.add(new Tick(i * step, label(i * step, step)));
        }
        return new Axis(min, end, Scale.LINEAR, ticks);
    }

    /// An axis that begins and ends at a tick and covers all values.
    public static Axis around(DoubleStream values) {
        var summary = values.summaryStatistics();
        double range = summary.getMax() - summary.getMin();
        double step = niceStep(range > 0 ? range : Math.max(Math.abs(summary.getMax()), 1e-9) / 2);
        // multiples of a tenth are not exact: the values themselves must not fall off the end
        double min = Math.min(summary.getMin(), Math.floor(summary.getMin() / step + 1e-9) * step);
        double max = Math.max(summary.getMax(), Math.ceil(summary.getMax() / step - 1e-9) * step);
        return from(min, max > min ? max : min + step);
    }

    /// A logarithmic axis that covers all values, with ticks at round numbers: the fewer powers of ten it spans, the more of them.
    ///
    /// @param values above 0
    public static Axis logarithmic(DoubleStream values) {
        var summary = values.summaryStatistics();
        double min = summary.getMin();
        double max = Math.max(summary.getMax(), min * 1.01);
        for (double[] digits : LOGARITHMIC_TICKS) {
            List<Tick> ticks = new ArrayList<>();
            for (int power = (int) Math.floor(Math.log10(min)); power <= Math.log10(max); power++) {
                for (double digit : digits) {
                    double value = digit * Math.pow(10, power);
                    if (value >= min && value <= max) {
                        ticks.add(new Tick(value, value > LONG ? shortened(value) : Words.significant(value)));
                    }
                }
            }
            if (ticks.size() >= TICKS - 1) {
                return new Axis(min, max, Scale.LOGARITHMIC, ticks);
            }
        }
        return new Axis(min, max, Scale.LOGARITHMIC, from(min, max).ticks());
    }

    /// 1, 2 or 5 times a power of ten, so that a range has at most [#TICKS] of it.
    private static double niceStep(double range) {
        double rough = range / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        for (double nice : NICE) {
            if (nice * power >= rough * (1 - 1e-9)) {
                return nice * power;
            }
        }
        return 10 * power;
    }

    private static String label(double value, double step) {
        if (Math.abs(value) > LONG) {
            return shortened(value);
        }
        int decimals = Math.max(0, -(int) Math.floor(Math.log10(step) + 1e-9));
        return String.format(Locale.ROOT, "%." + Math.min(decimals, 9) + "f", value == 0 ? 0.0 : value);
    }

    /// 20k, 1.5M: without zeros behind the point.
    private static String shortened(double value) {
        return Progress.count(value).replaceFirst("\\.0+(?=\\D*$)", "").replaceFirst("(\\.\\d)0(?=\\D*$)", "$1");
    }

    /// Where a value lies: 0 at the beginning of the axis, 1 at its end.
    public double fraction(double value) {
        return switch (scale) {
            case LINEAR -> (value - min) / (max - min);
            case LOGARITHMIC -> Math.log(value / min) / Math.log(max / min);
        };
    }
}
