package nanochat.objective;

import java.util.Arrays;

/// What is predicted of hidden positions in the space of representations (docs/objectives.md#jepa): of a batch's representations each channel is
/// brought to mean 0 and variance 1 over the positions, then each position to length 1. So what is the same everywhere is nothing, however much of it
/// there is: a model that says the same of every position agrees with none of them in the mean.
final class LatentTargets {
    private static final double EPSILON = 1e-6;

    private final int width;
    private final double[] mean;
    private final double[] variance;
    private final double[] row;

    /// @param width C
    LatentTargets(int width) {
        this.width = width;
        mean = new double[width];
        variance = new double[width];
        row = new double[width];
    }

    /// Turns representations into targets, in place.
    ///
    /// @param values [N, C]
    /// @param text which of the N positions hold text, at least one: the others are not looked at
    /// @return the mean over the channels of their variance over the positions: between 0 (all positions alike, the representation has collapsed) and
    ///         1, for every position has a mean square of 1
    double standardize(float[] values, boolean[] text) {
        int count = 0;
        Arrays.fill(mean, 0);
        Arrays.fill(variance, 0);
        for (int position = 0; position < text.length; position++) {
            if (text[position]) {
                count++;
                for (int channel = 0; channel < width; channel++) {
                    mean[channel] += values[position * width + channel];
                }
            }
        }
        for (int channel = 0; channel < width; channel++) {
            mean[channel] /= count;
        }
        for (int position = 0; position < text.length; position++) {
            for (int channel = 0; text[position] && channel < width; channel++) {
                double distance = values[position * width + channel] - mean[channel];
                variance[channel] += distance * distance / count;
            }
        }
        for (int position = 0; position < text.length; position++) {
            if (text[position]) {
                standardize(values, position * width);
            }
        }
        return Arrays.stream(variance).average().orElseThrow();
    }

    private void standardize(float[] values, int first) {
        double squares = 0;
        for (int channel = 0; channel < width; channel++) {
            row[channel] = (values[first + channel] - mean[channel]) / Math.sqrt(variance[channel] + EPSILON);
            squares += row[channel] * row[channel];
        }
        double scale = 1 / Math.sqrt(squares + EPSILON);
        for (int channel = 0; channel < width; channel++) {
            values[first + channel] = (float) (row[channel] * scale);
        }
    }
}
