package nanochat.tensor.reference;

import static nanochat.tensor.reference.Elements.add;
import static nanochat.tensor.reference.Elements.get;
import static nanochat.tensor.reference.Elements.set;

import java.util.Optional;
import nanochat.data.Batch;
import nanochat.tensor.Backend;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tensor;

/// Softcapped logits and their cross entropy.
final class ReferenceLoss {
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
            int target = target(targets, n, vocabularySize);
            if (target == Batch.IGNORED) {
                set(losses, n, 0);
            } else {
                double[] row = logits(x, n, w, vocabularySize);
                set(losses, n, logSumExp(row) - row[target]);
            }
        }
    }

    static void crossEntropyWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w,
            Tensor targets, int vocabularySize, LossWeights weights) {
        double[][] wSums = new double[vocabularySize][x.columns()];
        for (int n = 0; n < x.rows(); n++) {
            double[] xSums = new double[x.columns()];
            double loss = 0;
            int target = target(targets, n, vocabularySize);
            if (target != Batch.IGNORED && counts(weights, n)) {
                double[] row = logits(x, n, w, vocabularySize);
                double logSumExp = logSumExp(row);
                loss = logSumExp - row[target];
                for (int v = 0; v < vocabularySize; v++) {
                    double logitGradient = weight(weights, n) * (Math.exp(row[v] - logSumExp) - (v == target ? 1 : 0));
                    double capped = row[v] / Backend.SOFTCAP;
                    double productGradient = logitGradient * (1 - capped * capped);
                    for (int c = 0; c < x.columns(); c++) {
                        xSums[c] += productGradient * get(w, v, c);
                        wSums[v][c] += productGradient * get(x, n, c);
                    }
                }
            }
            set(losses, n, loss);
            for (int c = 0; c < x.columns() && xGradient.isPresent(); c++) {
                set(xGradient.get(), n, c, xSums[c]);
            }
        }
        for (int v = 0; v < vocabularySize && wGradient.isPresent(); v++) {
            for (int c = 0; c < x.columns(); c++) {
                add(wGradient.get(), v, c, wSums[v][c]);
            }
        }
    }

    private static int target(Tensor targets, int n, int vocabularySize) {
        return Elements.id(targets, n, Batch.IGNORED, vocabularySize);
    }

    private static double weight(LossWeights weights, int n) {
        return switch (weights) {
            case LossWeights.Uniform(float weight) -> weight;
            case LossWeights.PerPosition(Tensor each) -> get(each, n);
        };
    }

    private static boolean counts(LossWeights weights, int n) {
        return switch (weights) {
            case LossWeights.Uniform _ -> true;
            case LossWeights.PerPosition _ -> weight(weights, n) != 0;
        };
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
