package nanochat.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Records the operations of a forward pass and plays them back for the gradients: each operation owns its gradient formula. Weights
/// are [Parameter]s, whose gradients are added to; activations are [Variable]s, whose memory is lent by a pool and goes back to it as soon
/// as the backward pass has passed the operation that made them.
///
/// What nobody needs is not computed: a weight that is not trained gets no gradient, and the backward pass goes no deeper than
/// the deepest weight that is trained. (Attention alone gives the gradients of queries, keys and values together or not at all.)
///
/// One forward pass ends with one loss ([#crossEntropyWithGradient]) followed by [#backward()], or with [#clear()] when no gradients are
/// wanted. Not for several threads.
public final class Tape {
    private static final Runnable NOTHING = () -> {};

    private final Backend backend;
    private final DType computeType;
    private final TensorPool pool;
    private final List<Operation> operations = new ArrayList<>();

    /// @param made what the operation took from the pool: its result and what its backward pass reads
    private record Operation(Runnable backward, List<Variable> results, List<Tensor> made) {}

    /// @param computeType of the activations that feed matrix products
    public Tape(Backend backend, DType computeType) {
        this.backend = backend;
        this.computeType = computeType;
        this.pool = new TensorPool(backend);
    }

    public Backend backend() {
        return backend;
    }

    public DType computeType() {
        return computeType;
    }

    // ---- embedding, norm, residual stream: F32 ----

    /// table[ids] [N, C].
    public Variable embedding(Parameter table, Tensor ids) {
        Variable out = variable(table.isTrained(), DType.F32, DType.F32, Math.toIntExact(ids.size()), table.value().columns());
        backend.embedding(out.value(), table.value(), ids);
        record(() -> backend.embeddingBackward(table.gradient(), out.gradient(), ids), out);
        return out;
    }

    /// x over the root mean square of its row. In F32 it is a residual stream of its own; in the compute type it feeds products.
    public Variable norm(Variable x, DType type) {
        Variable out = variable(x.needsGradient(), type, DType.F32, x.value().shape());
        Tensor inverseRms = pool.take(DType.F32, x.value().rows());
        backend.norm(out.value(), inverseRms, x.value());
        record(() -> {
            boolean accumulate = x.hasGradient();
            backend.normBackward(gradientTarget(x), out.gradient(), out.value(), inverseRms, accumulate);
        }, out, inverseRms);
        return out;
    }

    /// x in `type` and in memory of its own. Nothing else may read x.
    public Variable convert(Variable x, DType type) {
        Variable out = variable(x.needsGradient(), type, x.gradientType(), x.value().shape());
        backend.convert(out.value(), x.value());
        record(() -> x.startGradient(out.dropGradient()), out);
        return out;
    }

    /// Mixes a gated share of the token before into every token, see [Backend#smear].
    public Variable smear(Variable x, Parameter gate, Parameter lambda, int length) {
        boolean toX = x.needsGradient();
        Variable out = variable(toX || gate.isTrained() || lambda.isTrained(), DType.F32, DType.F32, x.value().shape());
        backend.smear(out.value(), x.value(), gate.value(), lambda.value(), length);
        record(() -> backend.smearBackward(freshGradient(x, toX), gate.gradientIfTrained(), lambda.gradientIfTrained(), out.gradient(),
                x.value(), gate.value(), lambda.value(), length), out);
        return out;
    }

    /// residLambdas[layer] * x + x0Lambdas[layer] * x0.
    public Variable mix(Variable x, Variable x0, Parameter residLambdas, Parameter x0Lambdas, int layer) {
        boolean toX = x.needsGradient();
        boolean toX0 = x0.needsGradient();
        Variable out = variable(toX || toX0 || residLambdas.isTrained() || x0Lambdas.isTrained(), DType.F32, DType.F32,
                x.value().shape());
        backend.mix(out.value(), x.value(), x0.value(), residLambdas.value(), x0Lambdas.value(), layer);
        record(() -> {
            boolean accumulateX = x.hasGradient();
            boolean accumulateX0 = x0.hasGradient();
            backend.mixBackward(gradientTarget(x, toX), accumulateX, gradientTarget(x0, toX0), accumulateX0,
                    residLambdas.gradientIfTrained(), x0Lambdas.gradientIfTrained(), out.gradient(), x.value(), x0.value(),
                    residLambdas.value(), x0Lambdas.value(), layer);
        }, out);
        return out;
    }

    /// x - lambda * other. Nothing after it may read x or other.
    public Variable subtractScaled(Variable x, Variable other, Parameter lambda) {
        boolean toX = x.needsGradient();
        boolean toOther = other.needsGradient();
        Variable out = variable(toX || toOther || lambda.isTrained(), DType.F32, DType.F32, x.value().shape());
        backend.subtractScaled(out.value(), x.value(), other.value(), lambda.value());
        record(() -> {
            Optional<Tensor> xGradient = freshGradient(x, toX);
            Optional<Tensor> otherGradient = other == x ? xGradient : freshGradient(other, toOther);
            backend.subtractScaledBackward(xGradient, otherGradient, lambda.gradientIfTrained(), out.gradient(), other.value(),
                    lambda.value());
        }, out);
        return out;
    }

    // ---- linear layers: the compute type ----

    /// x w^T.
    public Variable linear(Variable x, Parameter w) {
        boolean toX = x.needsGradient();
        Variable out = variable(toX || w.isTrained(), computeType, computeType, x.value().rows(), w.value().rows());
        backend.linear(out.value(), x.value(), w.compute(), false);
        record(() -> linearBackward(x, toX, w, out.gradient()), out);
        return out;
    }

    /// x += input w^T, in place: the residual stream. What read x before must not need its value any more.
    public Variable addLinear(Variable x, Variable input, Parameter w) {
        boolean toInput = input.needsGradient();
        backend.linear(x.value(), input.value(), w.compute(), true);
        recordInPlace(x, toInput || w.isTrained(), () -> {
            if (computeType == DType.F32) {
                linearBackward(input, toInput, w, x.gradient());
            } else {
                Tensor rounded = pool.take(computeType, x.value().shape());
                backend.convert(rounded, x.gradient());
                linearBackward(input, toInput, w, rounded);
                pool.giveBack(rounded);
            }
        });
        return x;
    }

    private void linearBackward(Variable x, boolean toX, Parameter w, Tensor outGradient) {
        if (toX) {
            boolean accumulate = x.hasGradient();
            backend.linearBackwardInput(gradientTarget(x), outGradient, w.compute(), accumulate);
        }
        if (w.isTrained()) {
            backend.linearBackwardWeight(w.gradient(), outGradient, x.value());
        }
    }

    /// max(x, 0)^2. Nothing else may read x.
    public Variable reluSquared(Variable x) {
        Variable out = variable(x.needsGradient(), computeType, computeType, x.value().shape());
        backend.reluSquared(out.value(), x.value());
        record(() -> {
            Tensor gradient = out.dropGradient();
            backend.reluSquaredBackward(gradient, gradient, x.value());
            x.startGradient(gradient);
        }, out);
        return out;
    }

    // ---- attention ----

    /// In place: values += gate(x) * table[ids], see [Backend#valueEmbedding]. x must have been read by a linear layer before.
    public Variable addValueEmbedding(Variable values, Variable x, Parameter gate, Parameter table, Tensor ids) {
        boolean toX = x.needsGradient();
        Tensor gateValues = pool.take(DType.F32, values.value().rows(), gate.value().rows());
        backend.valueEmbedding(values.value(), gateValues, x.value(), gate.value(), table.value(), ids);
        recordInPlace(values, toX || gate.isTrained() || table.isTrained(), () -> {
            if (toX && !x.hasGradient()) {
                backend.zero(gradientTarget(x));
            }
            backend.valueEmbeddingBackward(table.gradientIfTrained(), gate.gradientIfTrained(), gradientTarget(x, toX), values.gradient(),
                    gateValues, x.value(), gate.value(), table.value(), ids);
        }, gateValues);
        return values;
    }

    /// In place: scale * norm(rotary(x)) per head, see [Backend#rotaryNorm].
    public Variable rotaryNorm(Variable x, Tensor cos, Tensor sin, int length, int headSize, float scale) {
        Tensor inverseRms = pool.take(DType.F32, x.value().rows(), x.value().columns() / headSize);
        backend.rotaryNorm(x.value(), inverseRms, cos, sin, length, headSize, scale);
        recordInPlace(x, x.needsGradient(),
                () -> backend.rotaryNormBackward(x.gradient(), x.value(), inverseRms, cos, sin, length, headSize, scale), inverseRms);
        return x;
    }

    /// Causal softmax attention. Nothing else may read q, k and v.
    public Variable attention(Variable q, Variable k, Variable v, AttentionShape shape) {
        Variable out = variable(q.needsGradient() || k.needsGradient() || v.needsGradient(), computeType, computeType, q.value().shape());
        Tensor logSumExp = pool.take(DType.F32, shape.batch(), shape.heads(), shape.length());
        backend.attention(out.value(), logSumExp, q.value(), k.value(), v.value(), shape);
        record(() -> backend.attentionBackward(freshGradient(q), freshGradient(k), freshGradient(v), out.gradient(), q.value(), k.value(),
                v.value(), out.value(), logSumExp, shape), out, logSumExp);
        return out;
    }

    // ---- loss ----

    /// losses [N] of predicting the targets by lm_head; the gradients of `scale` times their sum start from here.
    public void crossEntropyWithGradient(Tensor losses, Variable x, Parameter lmHead, Tensor targets, int vocabularySize, float scale) {
        if (!x.needsGradient() && !lmHead.isTrained()) {
            backend.crossEntropy(losses, x.value(), lmHead.compute(), targets, vocabularySize);
            return;
        }
        backend.crossEntropyWithGradient(losses, freshGradient(x, x.needsGradient()), lmHead.gradientIfTrained(), x.value(),
                lmHead.compute(), targets, vocabularySize, scale);
    }

    // ---- playing back ----

    /// Adds the gradients of everything recorded to the parameters, last operation first, and clears the tape.
    public void backward() {
        while (!operations.isEmpty()) {
            Operation operation = operations.removeLast();
            operation.backward.run();
            release(operation);
        }
    }

    /// Forgets everything recorded.
    public void clear() {
        while (!operations.isEmpty()) {
            release(operations.removeLast());
        }
    }

    private void release(Operation operation) {
        for (Variable result : operation.results) {
            if (result.hasGradient()) {
                pool.giveBack(result.dropGradient());
            }
            pool.giveBack(result.value());
        }
        operation.made.forEach(pool::giveBack);
    }

    private Variable variable(boolean needsGradient, DType type, DType gradientType, int... shape) {
        return new Variable(pool.take(type, shape), gradientType, needsGradient);
    }

    /// An operation with a result of its own.
    ///
    /// @param kept what the backward pass reads beside values
    private void record(Runnable backward, Variable result, Tensor... kept) {
        record(result.needsGradient(), backward, List.of(result), kept);
    }

    /// An operation that adds to x, or changes it in place.
    private void recordInPlace(Variable x, boolean trained, Runnable backward, Tensor... kept) {
        x.added(trained);
        record(trained, backward, List.of(), kept);
    }

    private void record(boolean trained, Runnable backward, List<Variable> results, Tensor... kept) {
        if (trained) {
            operations.add(new Operation(backward, results, List.of(kept)));
        } else {
            operations.add(new Operation(NOTHING, results, List.of()));
            List.of(kept).forEach(pool::giveBack);
        }
    }

    /// The gradient to add to, or a new one to fill.
    private Tensor gradientTarget(Variable x) {
        return x.hasGradient() ? x.gradient() : freshGradient(x);
    }

    private Optional<Tensor> gradientTarget(Variable x, boolean needed) {
        return needed ? Optional.of(gradientTarget(x)) : Optional.empty();
    }

    /// A gradient for the only reader of x to fill.
    private Tensor freshGradient(Variable x) {
        x.startGradient(pool.take(x.gradientType(), x.value().shape()));
        return x.gradient();
    }

    private Optional<Tensor> freshGradient(Variable x, boolean needed) {
        return needed ? Optional.of(freshGradient(x)) : Optional.empty();
    }
}
