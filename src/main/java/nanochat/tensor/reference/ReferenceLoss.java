package nanochat.tensor.reference;

import static nanochat.tensor.reference.Elements.add;
import static nanochat.tensor.reference.Elements.get;
import static nanochat.tensor.reference.Elements.set;

import nanochat.tensor.Backend;
import nanochat.tensor.Tensor;

/// Softcapped logits and their cross entropy.
final class ReferenceLoss {
    private static final int IGNORED = -1;

    private ReferenceLoss() {
    }

    static void logits(Tensor logits, Tensor x, Tensor w) {
        for (int n = 0; n < logits.rows(); n++) {
            double[] row = logits(x, n, w, logits.columns());
            for (int v = 0; v < row.length; v++) {
                set(logits, n, v, row[v]);
            }
        }
    }

    static void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        for (int n = 0; n < x.rows(); n++) {
            int target = Elements.id(targets, n, IGNORED, vocabularySize);
            if (target == IGNORED) {
                set(losses, n, 0);
            } else {
                double[] row = logits(x, n, w, vocabularySize);
                set(losses, n, logSumExp(row) - row[target]);
            }
        }
    }

    static void crossEntropyWithGradient(Tensor losses, Tensor xGradient, Tensor wGradient, Tensor x, Tensor w, Tensor targets,
            int vocabularySize, float scale) {
        crossEntropy(losses, x, w, targets, vocabularySize);
        double[][] wSums = new double[vocabularySize][x.columns()];
        for (int n = 0; n < x.rows(); n++) {
            double[] productGradient = productGradient(x, n, w, Elements.id(targets, n, IGNORED, vocabularySize), vocabularySize, scale);
            for (int c = 0; c < x.columns(); c++) {
                double sum = 0;
                for (int v = 0; v < vocabularySize; v++) {
                    sum += productGradient[v] * get(w, v, c);
                    wSums[v][c] += productGradient[v] * get(x, n, c);
                }
                set(xGradient, n, c, sum);
            }
        }
        for (int v = 0; v < vocabularySize; v++) {
            for (int c = 0; c < x.columns(); c++) {
                add(wGradient, v, c, wSums[v][c]);
            }
        }
    }

    /// The gradient of scale * loss of row `n` by x w^T: through the softmax, then through the softcap.
    private static double[] productGradient(Tensor x, int n, Tensor w, int target, int vocabularySize, float scale) {
        double[] gradient = new double[vocabularySize];
        if (target == IGNORED) {
            return gradient;
        }
        double[] row = logits(x, n, w, vocabularySize);
        double logSumExp = logSumExp(row);
        for (int v = 0; v < vocabularySize; v++) {
            double capped = row[v] / Backend.SOFTCAP;
            double logitGradient = Math.exp(row[v] - logSumExp) - (v == target ? 1 : 0);
            gradient[v] = scale * logitGradient * (1 - capped * capped);
        }
        return gradient;
    }

    private static double[] logits(Tensor x, int n, Tensor w, int vocabularySize) {
        double[] row = new double[vocabularySize];
        for (int v = 0; v < vocabularySize; v++) {
            row[v] = Backend.SOFTCAP * Math.tanh(ReferenceLinear.dot(x, n, w, v) / Backend.SOFTCAP);
        }
        return row;
    }

    /// The softcap bounds the logits, so no exponential overflows.
    private static double logSumExp(double[] row) {
        double sum = 0;
        for (double logit : row) {
            sum += Math.exp(logit);
        }
        return Math.log(sum);
    }
}
