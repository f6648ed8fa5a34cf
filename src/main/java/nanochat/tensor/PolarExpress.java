package nanochat.tensor;

import java.util.List;

/// One of the polynomials that Muon takes a matrix X through (Amsel et al., arXiv 2505.16932; docs/formulas.md#optimizer):
/// a X + b (X Xᵀ) X + c (X Xᵀ)² X. It leaves the directions of X as they are and maps every singular value s to a s + b s³ + c s⁵.
public record PolarExpress(double a, double b, double c) {
    /// In the order in which they are applied. All together they take a singular value from 0.001 to 1 near 1, see [#band].
    public static final List<PolarExpress> STEPS = List.of(
            new PolarExpress(8.156554524902461, -22.48329292557795, 15.878769915207462),
            new PolarExpress(4.042929935166739, -2.808917465908714, 0.5000178451051316),
            new PolarExpress(3.8916678022926607, -2.772484153217685, 0.5060648178503393),
            new PolarExpress(3.285753657755655, -2.3681294933425376, 0.46449024233003106),
            new PolarExpress(2.3465413258596377, -1.7097828382687081, 0.42323551169305323));
    /// A matrix has this norm where they begin, or a little less, so that no singular value is above it.
    public static final double LARGEST = 1 / 1.01;

    private static final double GRID = 1.0005;

    /// Where singular values end up.
    public record Band(double lowest, double highest) {}

    /// What becomes of a singular value.
    public double of(double s) {
        double square = s * s;
        return s * (a + square * (b + square * c));
    }

    /// What all of them make of a singular value.
    public static double afterAll(double s) {
        double value = s;
        for (PolarExpress step : STEPS) {
            value = step.of(value);
        }
        return value;
    }

    /// Where all singular values from `smallest` to [#LARGEST] end up, found by trying them closely.
    public static Band band(double smallest) {
        double lowest = afterAll(LARGEST);
        double highest = lowest;
        for (double s = smallest; s < LARGEST; s *= GRID) {
            double value = afterAll(s);
            lowest = Math.min(lowest, value);
            highest = Math.max(highest, value);
        }
        return new Band(lowest, highest);
    }
}
