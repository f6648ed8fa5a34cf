package nanochat.selftest;

/// How far numbers are from the recorded ones. What is not a number makes every result NaN.
final class Deviation {
    private Deviation() {
    }

    /// The largest difference of two elements.
    static double largest(float[] actual, float[] expected) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs((double) actual[i] - expected[i]));
        }
        return largest;
    }

    /// The Euclidean norm of the differences.
    static double norm(float[] actual, float[] expected) {
        double squares = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) actual[i] - expected[i];
            squares += difference * difference;
        }
        return Math.sqrt(squares);
    }

    /// Elements that are off by more than `limit`.
    static long beyond(double limit, float[] actual, float[] expected) {
        long count = 0;
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs((double) actual[i] - expected[i]) <= limit)) {
                count++;
            }
        }
        return count;
    }

    static double largest(float[] values) {
        return largest(values, new float[values.length]);
    }

    static double norm(float[] values) {
        return norm(values, new float[values.length]);
    }

    /// `error` in parts of `size`; an error of nothing is none, even of nothing.
    static double share(double error, double size) {
        return error == 0 ? 0 : error / size;
    }
}
