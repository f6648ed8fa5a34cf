package nanochat.compare;

import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.Optional;
import java.util.function.DoubleFunction;

/// A figure over several seeds. There are too few of them for a standard deviation to mean much, so it is lowest and highest.
///
/// @param mean of all
/// @param count how many
public record Spread(double mean, double low, double high, int count) {
    /// Empty where there is none.
    static Optional<Spread> of(Collection<Double> values) {
        DoubleSummaryStatistics all = values.stream().mapToDouble(value -> value).summaryStatistics();
        return all.getCount() == 0
                ? Optional.empty()
                : Optional.of(new Spread(all.getAverage(), all.getMin(), all.getMax(), (int) all.getCount()));
    }

    /// Whether one is certainly below the other: all that was seen of it is.
    boolean isBelow(Spread other) {
        return high < other.low;
    }

    /// `0.51 (0.50–0.53)`; of one value that alone.
    public String inWords(DoubleFunction<String> number) {
        String lowest = number.apply(low);
        String highest = number.apply(high);
        return count == 1 || lowest.equals(highest) ? number.apply(mean) : number.apply(mean) + " (" + lowest + "–" + highest + ")";
    }
}
