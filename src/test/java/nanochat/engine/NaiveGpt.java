package nanochat.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;

/// The oracle: docs/formulas.md#forward-pass in scalar doubles, without a cache, everything computed anew for every call.
final class NaiveGpt {
    private final GptConfig config;
    private final TensorSource source;
    private final boolean modern;
    private final Map<String, float[]> parameters = new HashMap<>();

    NaiveGpt(GptConfig config, TensorSource source) {
        this.config = config;
        this.source = source;
        this.modern = config.generation() == Generation.G2026_07;
    }

    /// The most likely token after each token of `tokens`.
    int[] likeliest(int[] tokens) {
        return Arrays.stream(logits(tokens)).mapToInt(NaiveGpt::argmax).toArray();
    }

    static int argmax(double[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    /// T x V.
    double[][] logits(int[] tokens) {
        int length = tokens.length;
        double[][] x = new double[length][];
        for (int t = 0; t < length; t++) {
            x[t] = norm(row("transformer.wte.weight", tokens[t], config.embedding()), 1);
        }
        if (modern) {
            double[][] before = x.clone();
            for (int t = 1; t < length; t++) {
                double gate = parameter("smear_lambda")[0] * sigmoid(times("smear_gate.weight", 1, Arrays.copyOf(before[t], 24))[0]);
                x[t] = plus(1, before[t], gate, before[t - 1]);
            }
        }
        double[][] x0 = x.clone();
        double[][] backout = x;
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "transformer.h." + layer;
            for (int t = 0; modern && t < length; t++) {
                x[t] = plus(parameter("resid_lambdas")[layer], x[t], parameter("x0_lambdas")[layer], x0[t]);
            }
            double[][] attended = attention(layer, x, tokens);
            for (int t = 0; t < length; t++) {
                x[t] = plus(1, x[t], 1, attended[t]);
                double[] hidden = times(block + ".mlp.c_fc.weight", 4 * config.embedding(), norm(x[t], 1));
                for (int i = 0; i < hidden.length; i++) {
                    hidden[i] = Math.pow(Math.max(hidden[i], 0), 2);
                }
                x[t] = plus(1, x[t], 1, times(block + ".mlp.c_proj.weight", config.embedding(), hidden));
            }
            if (modern && layer == config.backoutLayer()) {
                backout = x.clone();
            }
        }
        double[][] logits = new double[length][];
        for (int t = 0; t < length; t++) {
            double[] last = modern ? plus(1, x[t], -parameter("backout_lambda")[0], backout[t]) : x[t];
            logits[t] = times("lm_head.weight", config.vocabularySize(), norm(last, 1));
            for (int i = 0; i < logits[t].length; i++) {
                logits[t][i] = 15 * Math.tanh(logits[t][i] / 15);
            }
        }
        return logits;
    }

    private double[][] attention(int layer, double[][] x, int[] tokens) {
        String attention = "transformer.h." + layer + ".attn.";
        int size = config.headSize();
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] n = norm(x[t], 1);
            q[t] = times(attention + "c_q.weight", config.embedding(), n);
            k[t] = times(attention + "c_k.weight", config.kvWidth(), n);
            v[t] = times(attention + "c_v.weight", config.kvWidth(), n);
            if (config.hasValueEmbedding(layer)) {
                double[] gates = times(attention + "ve_gate.weight", config.kvHeads(), Arrays.copyOf(n, 12));
                double[] embedding = row("value_embeds." + layer + ".weight", tokens[t], config.kvWidth());
                for (int i = 0; i < v[t].length; i++) {
                    v[t][i] += 3 * sigmoid(gates[i / size]) * embedding[i];
                }
            }
            rotateAndNorm(q[t], t);
            rotateAndNorm(k[t], t);
        }
        double[][] result = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] heads = new double[config.embedding()];
            for (int head = 0; head < config.heads(); head++) {
                int kvStart = head / (config.heads() / config.kvHeads()) * size;
                double total = 0;
                for (int s = Math.max(0, t - config.window(layer)); s <= t; s++) {
                    double score = 0;
                    for (int i = 0; i < size; i++) {
                        score += q[t][head * size + i] * k[s][kvStart + i];
                    }
                    double weight = Math.exp(score / Math.sqrt(size));
                    total += weight;
                    for (int i = 0; i < size; i++) {
                        heads[head * size + i] += weight * v[s][kvStart + i];
                    }
                }
                for (int i = 0; i < size; i++) {
                    heads[head * size + i] /= total;
                }
            }
            result[t] = times(attention + "c_proj.weight", config.embedding(), heads);
        }
        return result;
    }

    private void rotateAndNorm(double[] vector, int position) {
        int size = config.headSize();
        int half = size / 2;
        for (int start = 0; start < vector.length; start += size) {
            for (int i = 0; i < half; i++) {
                double angle = position / Math.pow(modern ? 100_000 : 10_000, 2.0 * i / size);
                double x1 = vector[start + i];
                double x2 = vector[start + half + i];
                vector[start + i] = x1 * Math.cos(angle) + x2 * Math.sin(angle);
                vector[start + half + i] = -x1 * Math.sin(angle) + x2 * Math.cos(angle);
            }
            double[] normed = norm(Arrays.copyOfRange(vector, start, start + size), modern ? 1.2 : 1);
            System.arraycopy(normed, 0, vector, start, size);
        }
    }

    private float[] parameter(String name) {
        return parameters.computeIfAbsent(name, missing -> source.tensor(missing).toArray());
    }

    private double[] row(String name, int row, int width) {
        double[] values = new double[width];
        for (int i = 0; i < width; i++) {
            values[i] = parameter(name)[row * width + i];
        }
        return values;
    }

    /// The first `outputs` rows of a matrix times `x`.
    private double[] times(String name, int outputs, double[] x) {
        float[] matrix = parameter(name);
        double[] y = new double[outputs];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < x.length; i++) {
                y[o] += matrix[o * x.length + i] * x[i];
            }
        }
        return y;
    }

    private static double[] norm(double[] x, double scale) {
        double sum = 0;
        for (double value : x) {
            sum += value * value;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = scale * x[i] / Math.sqrt(sum / x.length + 1.1920929e-7);
        }
        return y;
    }

    private static double[] plus(double a, double[] x, double b, double[] y) {
        double[] sum = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            sum[i] = a * x[i] + b * y[i];
        }
        return sum;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
