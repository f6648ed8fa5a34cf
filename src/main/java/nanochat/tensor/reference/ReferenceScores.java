package nanochat.tensor.reference;

import static nanochat.tensor.reference.Elements.get;
import static nanochat.tensor.reference.Elements.set;

import java.util.Arrays;
import nanochat.data.Batch;
import nanochat.tensor.Backend;
import nanochat.tensor.Tensor;

/// The softmax of scores that may be of any size, and its cross entropy.
final class ReferenceScores {
    private ReferenceScores() {
    }

    static void softmax(Tensor scores) {
        for (int n = 0; n < scores.rows(); n++) {
            double[] row = softmax(scores, n);
            for (int v = 0; v < row.length; v++) {
                set(scores, n, v, row[v]);
            }
        }
    }

    static void crossEntropy(Tensor losses, Tensor logits, Tensor scores, Tensor targets, float weight) {
        for (int n = 0; n < scores.rows(); n++) {
            int target = Elements.id(targets, n, Batch.IGNORED, scores.columns());
            double[] row = softmax(scores, n);
            set(losses, n, target == Batch.IGNORED ? 0 : logSumExp(scores, n) - get(scores, n, target));
            for (int v = 0; v < row.length; v++) {
                double capped = get(logits, n, v) / Backend.SOFTCAP;
                double slope = target == Batch.IGNORED ? 0 : weight * (row[v] - (v == target ? 1 : 0)) * (1 - capped * capped);
                set(logits, n, v, slope);
                set(scores, n, v, row[v]);
            }
        }
    }

    private static double[] softmax(Tensor scores, int n) {
        double logSumExp = logSumExp(scores, n);
        double[] row = new double[scores.columns()];
        Arrays.setAll(row, v -> Math.exp(get(scores, n, v) - logSumExp));
        return row;
    }

    private static double logSumExp(Tensor scores, int n) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int v = 0; v < scores.columns(); v++) {
            largest = Math.max(largest, get(scores, n, v));
        }
        double sum = 0;
        for (int v = 0; v < scores.columns(); v++) {
            sum += Math.exp(get(scores, n, v) - largest);
        }
        return largest + Math.log(sum);
    }
}
