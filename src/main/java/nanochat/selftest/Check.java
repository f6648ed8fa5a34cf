package nanochat.selftest;

/// One comparison with what was recorded.
///
/// @param name `CASE/WHAT`
/// @param error the worst one; never infinite or NaN, so that JSON can carry it: then it is the largest double
/// @param bound what it may be at most
/// @param ok whether it is
public record Check(String name, double error, double bound, boolean ok) {
    /// The error that stands for something that is not a number.
    private static final double HOPELESS = Double.MAX_VALUE;

    static Check of(String name, double error, double bound) {
        return new Check(name, Double.isFinite(error) ? error : HOPELESS, bound, error <= bound);
    }

    /// Nothing may be wrong.
    static Check exact(String name, long wrong) {
        return of(name, wrong, 0);
    }

    Check in(String caseName) {
        return new Check(caseName + "/" + name, error, bound, ok);
    }
}
