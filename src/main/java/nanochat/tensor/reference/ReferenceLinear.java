package nanochat.tensor.reference;

import static nanochat.tensor.reference.Elements.add;
import static nanochat.tensor.reference.Elements.get;
import static nanochat.tensor.reference.Elements.put;
import static nanochat.tensor.reference.Elements.set;

import nanochat.tensor.Tensor;

/// Matrix products, and the non-linearity between those of an MLP.
final class ReferenceLinear {
    private ReferenceLinear() {
    }

    static void linear(Tensor y, Tensor x, Tensor w, boolean accumulate) {
        for (int n = 0; n < y.rows(); n++) {
            for (int o = 0; o < y.columns(); o++) {
                put(y, n, o, dot(x, n, w, o), accumulate);
            }
        }
    }

    static void linearBackwardInput(Tensor xGradient, Tensor yGradient, Tensor w, boolean accumulate) {
        for (int n = 0; n < xGradient.rows(); n++) {
            for (int i = 0; i < xGradient.columns(); i++) {
                double sum = 0;
                for (int o = 0; o < w.rows(); o++) {
                    sum += (double) get(yGradient, n, o) * get(w, o, i);
                }
                put(xGradient, n, i, sum, accumulate);
            }
        }
    }

    static void linearBackwardWeight(Tensor wGradient, Tensor yGradient, Tensor x) {
        for (int o = 0; o < wGradient.rows(); o++) {
            for (int i = 0; i < wGradient.columns(); i++) {
                double sum = 0;
                for (int n = 0; n < x.rows(); n++) {
                    sum += (double) get(yGradient, n, o) * get(x, n, i);
                }
                add(wGradient, o, i, sum);
            }
        }
    }

    static void reluSquared(Tensor out, Tensor x) {
        for (long i = 0; i < out.size(); i++) {
            double positive = Math.max(get(x, i), 0);
            set(out, i, positive * positive);
        }
    }

    static void reluSquaredBackward(Tensor xGradient, Tensor outGradient, Tensor x) {
        for (long i = 0; i < x.size(); i++) {
            set(xGradient, i, get(outGradient, i) * 2.0 * Math.max(get(x, i), 0));
        }
    }

    /// The product of a row of `x` with a row of `w`.
    static double dot(Tensor x, int xRow, Tensor w, int wRow) {
        double sum = 0;
        for (int i = 0; i < x.columns(); i++) {
            sum += (double) get(x, xRow, i) * get(w, wRow, i);
        }
        return sum;
    }
}
