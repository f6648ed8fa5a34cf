package nanochat.explain;

import java.util.stream.IntStream;

/// y = factor x^exponent, fitted by least squares of the logarithms.
///
/// @param worst by how much a point is off at most, as a share of what the law says
record PowerLaw(double factor, double exponent, double worst) {
    /// @param x above 0, at least two of them different
    /// @param y above 0
    static PowerLaw fit(double[] x, double[] y) {
        int count = x.length;
        double meanX = IntStream.range(0, count).mapToDouble(i -> Math.log(x[i])).sum() / count;
        double meanY = IntStream.range(0, count).mapToDouble(i -> Math.log(y[i])).sum() / count;
        double products = 0;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            double away = Math.log(x[i]) - meanX;
            products += away * (Math.log(y[i]) - meanY);
            squares += away * away;
        }
        double exponent = products / squares;
        PowerLaw law = new PowerLaw(Math.exp(meanY - exponent * meanX), exponent, 0);
        return new PowerLaw(law.factor, exponent, IntStream.range(0, count).mapToDouble(i -> Math.abs(y[i] / law.at(x[i]) - 1)).max()
                .orElse(
                        0));
    }

    double at(double x) {
        return factor * Math.pow(x, exponent);
    }
}
