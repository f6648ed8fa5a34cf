package nanochat.train;

/// An exponential moving average that does not lean towards its start: the mean of the values so far, recent ones weighing more.
///
/// @param sum of the values, each weighed by 0.1 and fading to 0.9 with every later one
/// @param count how many values there were
public record MovingAverage(double sum, int count) {
    /// Of no values.
    public static final MovingAverage EMPTY = new MovingAverage(0, 0);

    private static final double KEPT = 0.9;

    /// With one more value.
    public MovingAverage plus(double value) {
        return new MovingAverage(KEPT * sum + (1 - KEPT) * value, count + 1);
    }

    /// The average; NaN of no values.
    public double value() {
        return sum / (1 - Math.pow(KEPT, count));
    }
}
