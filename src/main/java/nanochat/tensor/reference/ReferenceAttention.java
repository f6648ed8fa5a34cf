package nanochat.tensor.reference;

import static nanochat.tensor.reference.Elements.get;
import static nanochat.tensor.reference.Elements.set;

import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.Tensor;

/// Rotary position embedding with norm of queries and keys, and softmax attention over the keys that each query sees.
final class ReferenceAttention {
    private ReferenceAttention() {
    }

    static void rotaryNorm(Tensor x, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize, float scale) {
        int heads = x.columns() / headSize;
        int half = headSize / 2;
        double[] rotated = new double[headSize];
        for (int n = 0; n < x.rows(); n++) {
            int position = n % length;
            for (int head = 0; head < heads; head++) {
                int start = head * headSize;
                double squares = 0;
                for (int i = 0; i < half; i++) {
                    double c = get(cos, position, i);
                    double s = get(sin, position, i);
                    double x1 = get(x, n, start + i);
                    double x2 = get(x, n, start + half + i);
                    rotated[i] = x1 * c + x2 * s;
                    rotated[half + i] = -x1 * s + x2 * c;
                    squares += rotated[i] * rotated[i] + rotated[half + i] * rotated[half + i];
                }
                double inverse = 1 / Math.sqrt(squares / headSize + Backend.NORM_EPSILON);
                set(inverseRms, (long) n * heads + head, inverse);
                for (int i = 0; i < headSize; i++) {
                    set(x, n, start + i, scale * rotated[i] * inverse);
                }
            }
        }
    }

    static void rotaryNormBackward(Tensor gradient, Tensor out, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize,
            float scale) {
        int heads = out.columns() / headSize;
        int half = headSize / 2;
        double[] rotatedGradient = new double[headSize];
        for (int n = 0; n < out.rows(); n++) {
            int position = n % length;
            for (int head = 0; head < heads; head++) {
                int start = head * headSize;
                double sum = 0;
                for (int i = 0; i < headSize; i++) {
                    sum += (double) get(gradient, n, start + i) * get(out, n, start + i);
                }
                // The norm's output is out / scale and the gradient by it scale * gradient: in their product scale cancels.
                double mean = sum / headSize;
                for (int i = 0; i < headSize; i++) {
                    double normed = get(out, n, start + i) / scale;
                    rotatedGradient[i] = get(inverseRms, (long) n * heads + head) * (scale * get(gradient, n, start + i) - normed * mean);
                }
                for (int i = 0; i < half; i++) {
                    double c = get(cos, position, i);
                    double s = get(sin, position, i);
                    set(gradient, n, start + i, rotatedGradient[i] * c - rotatedGradient[half + i] * s);
                    set(gradient, n, start + half + i, rotatedGradient[i] * s + rotatedGradient[half + i] * c);
                }
            }
        }
    }

    static void attention(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        for (int batch = 0; batch < shape.batch(); batch++) {
            for (int head = 0; head < shape.heads(); head++) {
                for (int t = 0; t < shape.queries(); t++) {
                    attend(out, logSumExp, q, k, v, shape, batch, head, t);
                }
            }
        }
    }

    /// What one query sees.
    private static void attend(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape, int batch, int head,
            int t) {
        int row = batch * shape.queries() + t;
        int firstRow = batch * shape.keys() + shape.firstKey(t);
        double[] scores = new double[shape.endKey(batch, t) - shape.firstKey(t)];
        double largest = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < scores.length; j++) {
            scores[j] = score(q, k, shape, row, firstRow + j, head);
            largest = Math.max(largest, scores[j]);
        }
        double sum = 0;
        for (double score : scores) {
            sum += Math.exp(score - largest);
        }
        double denominator = largest + Math.log(sum);
        set(logSumExp, logSumExpIndex(shape, batch, head, t), denominator);
        int queryColumn = head * shape.headSize();
        int keyColumn = kvHead(shape, head) * shape.headSize();
        for (int d = 0; d < shape.headSize(); d++) {
            double value = 0;
            for (int j = 0; j < scores.length; j++) {
                value += Math.exp(scores[j] - denominator) * get(v, firstRow + j, keyColumn + d);
            }
            set(out, row, queryColumn + d, value);
        }
    }

    static void attentionBackward(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k, Tensor v,
            Tensor logSumExp, AttentionShape shape) {
        double[] qSums = new double[Math.toIntExact(q.size())];
        double[] kSums = new double[Math.toIntExact(k.size())];
        double[] vSums = new double[Math.toIntExact(v.size())];
        for (int batch = 0; batch < shape.batch(); batch++) {
            for (int head = 0; head < shape.heads(); head++) {
                for (int t = 0; t < shape.queries(); t++) {
                    attendBackward(qSums, kSums, vSums, outGradient, q, k, v, logSumExp, shape, batch, head, t);
                }
            }
        }
        setAll(qGradient, qSums);
        setLearned(kGradient, kSums, shape);
        setLearned(vGradient, vSums, shape);
    }

    private static void attendBackward(double[] qSums, double[] kSums, double[] vSums, Tensor outGradient, Tensor q, Tensor k, Tensor v,
            Tensor logSumExp, AttentionShape shape, int batch, int head, int t) {
        int row = batch * shape.queries() + t;
        int firstRow = batch * shape.keys() + shape.firstKey(t);
        int queryColumn = head * shape.headSize();
        int keyColumn = kvHead(shape, head) * shape.headSize();
        double denominator = get(logSumExp, logSumExpIndex(shape, batch, head, t));
        double[] probabilities = new double[shape.endKey(batch, t) - shape.firstKey(t)];
        double[] probabilityGradients = new double[probabilities.length];
        double mean = 0;
        for (int j = 0; j < probabilities.length; j++) {
            int keyRow = firstRow + j;
            probabilities[j] = Math.exp(score(q, k, shape, row, keyRow, head) - denominator);
            for (int d = 0; d < shape.headSize(); d++) {
                double gradient = get(outGradient, row, queryColumn + d);
                probabilityGradients[j] += gradient * get(v, keyRow, keyColumn + d);
                vSums[keyRow * v.columns() + keyColumn + d] += probabilities[j] * gradient;
            }
            mean += probabilities[j] * probabilityGradients[j];
        }
        for (int j = 0; j < probabilities.length; j++) {
            int keyRow = firstRow + j;
            double dotGradient = shape.scale() * probabilities[j] * (probabilityGradients[j] - mean);
            for (int d = 0; d < shape.headSize(); d++) {
                qSums[row * q.columns() + queryColumn + d] += dotGradient * get(k, keyRow, keyColumn + d);
                kSums[keyRow * k.columns() + keyColumn + d] += dotGradient * get(q, row, queryColumn + d);
            }
        }
    }

    private static double score(Tensor q, Tensor k, AttentionShape shape, int queryRow, int keyRow, int head) {
        int queryColumn = head * shape.headSize();
        int keyColumn = kvHead(shape, head) * shape.headSize();
        double sum = 0;
        for (int d = 0; d < shape.headSize(); d++) {
            sum += (double) get(q, queryRow, queryColumn + d) * get(k, keyRow, keyColumn + d);
        }
        return sum * shape.scale();
    }

    private static int kvHead(AttentionShape shape, int head) {
        return head / (shape.heads() / shape.kvHeads());
    }

    private static long logSumExpIndex(AttentionShape shape, int batch, int head, int t) {
        return ((long) batch * shape.heads() + head) * shape.queries() + t;
    }

    /// Of the sums for all keys those of the learned ones.
    private static void setLearned(Tensor gradient, double[] sums, AttentionShape shape) {
        int row = shape.keys() * gradient.columns();
        int learned = shape.learnedKeys() * gradient.columns();
        for (int i = 0; i < shape.batch() * learned; i++) {
            set(gradient, i, sums[i / learned * row + row - learned + i % learned]);
        }
    }

    private static void setAll(Tensor tensor, double[] values) {
        for (int i = 0; i < values.length; i++) {
            set(tensor, i, values[i]);
        }
    }
}
