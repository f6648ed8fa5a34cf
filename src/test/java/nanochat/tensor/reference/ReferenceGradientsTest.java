package nanochat.tensor.reference;

import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.stream.LongStream;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.LossWeights;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tensor;
import nanochat.tensor.Visibility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every backward operation of the reference is the gradient of its forward one. The oracle is the difference quotient, see
/// [GradientCheck].
class ReferenceGradientsTest {
    static LongStream seeds() {
        return RandomValues.seeds(6);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void embeddingBackward(long seed) {
        try (GradientCheck check = new GradientCheck(seed)) {
            int rows = check.random.between(1, 20);
            Tensor table = check.normal(7, check.random.between(1, 9));
            Tensor ids = check.ids(rows, 0, 7);
            Tensor out = check.normal(rows, table.columns());
            Tensor weights = check.like(out);
            Tensor tableGradient = check.added("table", table);
            check.verify(() -> {
                check.backend.embedding(out, table, ids);
                return check.dot(out, weights);
            }, () -> check.backend.embeddingBackward(tableGradient, weights, ids));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void normBackward(long seed) {
        try (GradientCheck check = new GradientCheck(seed)) {
            Tensor x = check.normal(check.random.between(1, 9), check.random.between(2, 17));
            Tensor out = check.like(x);
            Tensor inverseRms = check.normal(x.rows());
            Tensor weights = check.like(x);
            DoubleSupplier loss = () -> {
                check.backend.norm(out, inverseRms, x);
                return check.dot(out, weights);
            };
            for (boolean accumulate : new boolean[]{false, true}) {
                Tensor xGradient = check.gradient("x", x, accumulate);
                check.verify(loss, () -> check.backend.normBackward(xGradient, weights, out, inverseRms, accumulate));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void smearBackward(long seed) {
        try (GradientCheck check = new GradientCheck(seed)) {
            int length = check.random.between(1, 6);
            Tensor x = check.normal(check.random.between(1, 3) * length, check.random.pick(24, 25, 31));
            Tensor gate = check.scaled(0.2, 1, 24);
            Tensor lambda = check.normal(1);
            Tensor out = check.like(x);
            Tensor weights = check.like(x);
            Tensor xGradient = check.replaced("x", x);
            Tensor gateGradient = check.added("gate", gate);
            Tensor lambdaGradient = check.added("lambda", lambda);
            check.verify(() -> {
                check.backend.smear(out, x, gate, lambda, length);
                return check.dot(out, weights);
            }, () -> check.backend.smearBackward(Optional.of(xGradient), Optional.of(gateGradient), Optional.of(lambdaGradient), weights, x,
                    gate, lambda, length));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void mixBackward(long seed) {
        for (int accumulations = 0; accumulations < 4; accumulations++) {
            mixBackward(seed, accumulations % 2 == 1, accumulations >= 2, false);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void mixBackwardOfOneTensorMixedWithItself(long seed) {
        mixBackward(seed, false, false, true);
        mixBackward(seed, true, true, true);
    }

    private static void mixBackward(long seed, boolean accumulateX, boolean accumulateX0, boolean same) {
        try (GradientCheck check = new GradientCheck(seed)) {
            int layer = check.random.between(0, 2);
            Tensor x = check.normal(check.random.between(1, 9), check.random.between(1, 9));
            Tensor x0 = same ? x : check.like(x);
            Tensor residLambdas = check.normal(3);
            Tensor x0Lambdas = check.normal(3);
            Tensor out = check.like(x);
            Tensor weights = check.like(x);
            Tensor xGradient = check.gradient("x", x, accumulateX);
            Tensor x0Gradient = same ? xGradient : check.gradient("x0", x0, accumulateX0);
            Tensor residGradient = check.added("residLambdas", residLambdas);
            Tensor x0LambdaGradient = check.added("x0Lambdas", x0Lambdas);
            check.verify(() -> {
                check.backend.mix(out, x, x0, residLambdas, x0Lambdas, layer);
                return check.dot(out, weights);
            }, () -> check.backend.mixBackward(Optional.of(xGradient), accumulateX, Optional.of(x0Gradient), accumulateX0, Optional.of(
                    residGradient), Optional.of(x0LambdaGradient), weights,
                    x, x0, residLambdas, x0Lambdas, layer));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void subtractScaledBackward(long seed) {
        subtractScaledBackward(seed, false);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void subtractScaledBackwardOfOneTensorFromItself(long seed) {
        subtractScaledBackward(seed, true);
    }

    private static void subtractScaledBackward(long seed, boolean same) {
        try (GradientCheck check = new GradientCheck(seed)) {
            Tensor x = check.normal(check.random.between(1, 9), check.random.between(1, 9));
            Tensor other = same ? x : check.like(x);
            Tensor lambda = check.normal(1);
            Tensor out = check.like(x);
            Tensor weights = check.like(x);
            Tensor xGradient = check.replaced("x", x);
            Tensor otherGradient = same ? xGradient : check.replaced("other", other);
            Tensor lambdaGradient = check.added("lambda", lambda);
            check.verify(() -> {
                check.backend.subtractScaled(out, x, other, lambda);
                return check.dot(out, weights);
            }, () -> check.backend.subtractScaledBackward(Optional.of(xGradient), Optional.of(otherGradient), Optional.of(lambdaGradient),
                    weights, other, lambda));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void linearBackward(long seed) {
        for (boolean accumulate : new boolean[]{false, true}) {
            try (GradientCheck check = new GradientCheck(seed)) {
                Tensor x = check.normal(check.random.between(1, 9), check.random.between(1, 9));
                Tensor w = check.normal(check.random.between(1, 9), x.columns());
                Tensor y = check.normal(x.rows(), w.rows());
                Tensor weights = check.like(y);
                Tensor xGradient = check.gradient("x", x, accumulate);
                Tensor wGradient = check.added("w", w);
                check.verify(() -> {
                    check.backend.linear(y, x, w, false);
                    return check.dot(y, weights);
                }, () -> {
                    check.backend.linearBackwardInput(xGradient, weights, w, accumulate);
                    check.backend.linearBackwardWeight(wGradient, weights, x);
                });
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void reluSquaredBackward(long seed) {
        try (GradientCheck check = new GradientCheck(seed)) {
            // The second derivative jumps at 0, which would spoil the difference quotients there.
            Tensor x = check.awayFromZero(check.random.between(1, 9), check.random.between(1, 9));
            Tensor out = check.like(x);
            Tensor weights = check.like(x);
            Tensor inPlace = check.copy(weights);
            check.inPlace("x", x, inPlace);
            check.verify(() -> {
                check.backend.reluSquared(out, x);
                return check.dot(out, weights);
            }, () -> check.backend.reluSquaredBackward(inPlace, inPlace, x));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void valueEmbeddingBackward(long seed) {
        try (GradientCheck check = new GradientCheck(seed)) {
            int rows = check.random.between(1, 9);
            int kvHeads = check.random.between(1, 3);
            Tensor values = check.normal(rows, kvHeads * check.random.between(1, 9));
            Tensor x = check.normal(rows, check.random.pick(12, 13, 30));
            Tensor gate = check.scaled(0.3, kvHeads, 12);
            Tensor table = check.normal(5, values.columns());
            Tensor ids = check.ids(rows, 0, 5);
            Tensor gateValues = check.normal(rows, kvHeads);
            Tensor out = check.like(values);
            Tensor weights = check.like(values);
            Tensor tableGradient = check.added("table", table);
            Tensor gateGradient = check.added("gate", gate);
            Tensor xGradient = check.added("x", x);
            check.inPlace("values", values, weights);
            check.verify(() -> {
                check.backend.convert(out, values);
                check.backend.valueEmbedding(out, gateValues, x, gate, table, ids);
                return check.dot(out, weights);
            }, () -> check.backend.valueEmbeddingBackward(Optional.of(tableGradient), Optional.of(gateGradient), Optional.of(xGradient),
                    weights, gateValues, x, gate, table,
                    ids));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void rotaryNormBackward(long seed) {
        try (GradientCheck check = new GradientCheck(seed)) {
            int length = check.random.between(1, 6);
            int headSize = 2 * check.random.between(1, 5);
            int heads = check.random.between(1, 3);
            Tensor x = check.normal(check.random.between(1, 3) * length, heads * headSize);
            // Not on the unit circle: the formulas hold for any tables.
            Tensor cos = check.normal(length + 2, headSize / 2);
            Tensor sin = check.like(cos);
            Tensor inverseRms = check.normal(x.rows(), heads);
            Tensor out = check.like(x);
            Tensor weights = check.like(x);
            Tensor gradient = check.copy(weights);
            check.inPlace("x", x, gradient);
            check.verify(() -> {
                check.backend.convert(out, x);
                check.backend.rotaryNorm(out, inverseRms, cos, sin, length, headSize, 1.2f);
                return check.dot(out, weights);
            }, () -> check.backend.rotaryNormBackward(gradient, out, inverseRms, cos, sin, length, headSize, 1.2f));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void attentionBackward(long seed) {
        List<Visibility> all = List.of(new Visibility.Causal(0), new Visibility.Causal(1), new Visibility.Causal(3),
                new Visibility.Causal(100), new Visibility.BothDirections(), new Visibility.Prefix(List.of(1, 5)),
                new Visibility.AfterMemory(3, true, 100), new Visibility.AfterMemory(4, true, 2));
        for (Visibility visibility : all) {
            try (GradientCheck check = new GradientCheck(seed)) {
                int kvHeads = check.random.between(1, 2);
                AttentionShape shape = new AttentionShape(2, check.random.between(5, 9), kvHeads * check.random.between(1, 3), kvHeads,
                        check.random.between(1, 5), visibility);
                Tensor q = check.normal(shape.batch() * shape.queries(), shape.heads() * shape.headSize());
                Tensor k = check.normal(shape.batch() * shape.keys(), kvHeads * shape.headSize());
                Tensor v = check.like(k);
                Tensor out = check.like(q);
                Tensor logSumExp = check.normal(shape.batch(), shape.heads(), shape.queries());
                Tensor weights = check.like(out);
                Tensor qGradient = check.replaced("q", q);
                Tensor kGradient = check.replaced("k", k);
                Tensor vGradient = check.replaced("v", v);
                check.verify(() -> {
                    check.backend.attention(out, logSumExp, q, k, v, shape);
                    return check.dot(out, weights);
                }, () -> check.backend.attentionBackward(qGradient, kGradient, vGradient, weights, q, k, v, out, logSumExp, shape));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void crossEntropyWithGradient(long seed) {
        try (GradientCheck check = new GradientCheck(seed)) {
            int rows = check.random.between(1, 9);
            int vocabularySize = check.random.between(2, 30);
            float scale = check.random.pick(1, 2, 3) / 4f;
            Tensor x = check.scaled(3, rows, check.random.between(1, 9));
            Tensor w = check.normal(vocabularySize + check.random.between(0, 5), x.columns());
            Tensor targets = check.ids(rows, -1, vocabularySize);
            Tensor losses = check.normal(rows);
            Tensor xGradient = check.replaced("x", x);
            Tensor wGradient = check.added("w", w);
            check.verify(() -> {
                check.backend.crossEntropy(losses, x, w, targets, vocabularySize);
                return scale * sum(check.backend.read(losses));
            }, () -> check.backend.crossEntropyWithGradient(losses, Optional.of(xGradient), Optional.of(wGradient), x, w, targets,
                    vocabularySize, new LossWeights.Uniform(scale)));
        }
    }

    /// Oracle: the losses without gradients, weighted here.
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void crossEntropyWithAWeightForEachPosition(long seed) {
        try (GradientCheck check = new GradientCheck(seed)) {
            int rows = check.random.between(1, 9);
            int vocabularySize = check.random.between(2, 30);
            Tensor x = check.scaled(3, rows, check.random.between(1, 9));
            Tensor w = check.normal(vocabularySize + check.random.between(0, 5), x.columns());
            Tensor targets = check.ids(rows, -1, vocabularySize);
            float[] values = check.backend.read(check.normal(rows));
            values[check.random.between(0, rows - 1)] = 0;
            Tensor weights = check.normal(rows);
            check.backend.write(weights, values);
            Tensor losses = check.normal(rows);
            Tensor xGradient = check.replaced("x", x);
            Tensor wGradient = check.added("w", w);
            check.verify(() -> {
                check.backend.crossEntropy(losses, x, w, targets, vocabularySize);
                return check.dot(losses, weights);
            }, () -> check.backend.crossEntropyWithGradient(losses, Optional.of(xGradient), Optional.of(wGradient), x, w, targets,
                    vocabularySize,
                    new LossWeights.PerPosition(weights)));
        }
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }
}
