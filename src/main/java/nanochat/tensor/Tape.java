package nanochat.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Records the operations of a forward pass and plays them back for the gradients: each operation owns its gradient formula. Weights
/// are [Parameter]s, whose gradients are added to; activations are [Variable]s, whose memory is lent by a pool and goes back to it as soon
/// as the backward pass has passed the operation that made them.
///
/// What nobody needs is not computed: a weight that is not trained gets no gradient, and the backward pass goes no deeper than
/// the deepest weight that is trained. (Attention alone gives the gradients of queries, keys and values together or not at all.)
///
/// A part of the forward pass can be a [#segment]: it leaves nothing in memory but its result, and is computed again when the backward
/// pass comes to it. Whoever wants to look at values on the way gives the tape a [Watcher].
///
/// One forward pass ends with one loss ([#crossEntropyWithGradient]) followed by [#backward()], or with [#clear()] when no gradients are
/// wanted. Not for several threads.
public final class Tape {
    private final Backend backend;
    private final DType computeType;
    private final TensorPool pool;
    private final Watcher watcher;
    /// Of the forward pass, or of the segment that runs.
    private List<Operation> operations = new ArrayList<>();
    private int openSegments;
    private boolean again;

    /// @param results that it made
    /// @param kept what else it took from the pool, for its backward pass
    private record Operation(Runnable backward, List<Variable> results, List<Tensor> kept) {}

    /// @param computeType of the activations that feed matrix products
    public Tape(Backend backend, DType computeType) {
        this(backend, computeType, Watcher.NOBODY);
    }

    /// A tape that shows what it computes.
    public Tape(Backend backend, DType computeType, Watcher watcher) {
        this.backend = backend;
        this.computeType = computeType;
        this.watcher = watcher;
        this.pool = new TensorPool(backend);
    }

    public Backend backend() {
        return backend;
    }

    public DType computeType() {
        return computeType;
    }

    // ---- looking in, and computing again ----

    /// A place of the forward pass that has a name: what x holds here is shown to the watcher, once for each forward pass.
    public void watch(String place, Variable x) {
        if (!again) {
            watcher.see(place, x.value());
        }
    }

    /// Runs a part of the forward pass and drops what it recorded, all but its result. The backward pass runs it again, from the values it
    /// read and with the same bits, before it plays it back: activations of one segment at a time instead of all, for a second forward pass.
    /// What only the result needs (the last addition to it) is not computed a second time.
    ///
    /// @param part records operations whose last result it returns; it may read variables from outside but not change them in place, and
    ///             must do the same every time
    /// @throws IllegalArgumentException when the result is not made inside
    /// @throws IllegalStateException when an operation in place changes what was made outside
    public Variable segment(Supplier<Variable> part) {
        List<Operation> outside = operations;
        operations = new ArrayList<>();
        Variable out = run(part);
        if (!isMadeHere(out)) {
            throw new IllegalArgumentException("the result of a segment must be made inside it; " + out.value() + " is not");
        }
        for (Operation operation : operations.reversed()) {
            operation.results.stream().filter(result -> result != out).forEach(this::release);
            operation.kept.forEach(pool::giveBack);
        }
        operations = outside;
        record(() -> runAgain(part, out), out);
        return out;
    }

    /// Runs a part of the forward pass that ends with a loss, and plays it back at once: what it took from the pool goes back before anything
    /// else is recorded. The gradients of what it read from outside gather there, for the rest to be played back from; so several branches may
    /// begin at one variable.
    ///
    /// @param part records operations, and a loss of their last result
    public void branch(Runnable part) {
        List<Operation> outside = operations;
        operations = new ArrayList<>();
        part.run();
        backward();
        operations = outside;
    }

    private void runAgain(Supplier<Variable> part, Variable out) {
        List<Operation> outside = operations;
        boolean within = again;
        operations = new ArrayList<>();
        again = true;
        Variable result = run(part);
        again = within;
        result.leaveUnfinished();
        result.startGradient(out.dropGradient());
        backward();
        operations = outside;
    }

    private Variable run(Supplier<Variable> part) {
        openSegments++;
        Variable out = part.get();
        openSegments--;
        return out;
    }

    /// Whether x is a result of what is recorded: in the whole forward pass, or in the innermost segment.
    private boolean isMadeHere(Variable x) {
        return operations.stream().anyMatch(operation -> operation.results.contains(x));
    }

    // ---- embedding, norm, residual stream: F32 ----

    /// table[ids] [N, C].
    public Variable embedding(Parameter table, Tensor ids) {
        Variable out = variable(table.isTrained(), DType.F32, DType.F32, Math.toIntExact(ids.size()), table.value().columns());
        backend.embedding(out.value(), table.value(), ids);
        record(() -> backend.embeddingBackward(table.gradient(), out.gradient(), ids), out);
        return out;
    }

    /// softmax(evidence) table [N, C], of the table's first rows: what a token's embedding is in the mean, where the evidence alone speaks.
    public Variable embedding(Parameter table, Evidence evidence) {
        Variable out = variable(table.isTrained(), DType.F32, DType.F32, evidence.positions(), table.value().columns());
        EvidenceProducts products = new EvidenceProducts(backend, pool, evidence);
        products.embed(out.value(), table.value());
        record(() -> products.embedBackward(table.gradient(), out.gradient()), out);
        return out;
    }

    /// x over the root mean square of its row. In F32 it is a residual stream of its own; in the compute type it feeds products.
    public Variable norm(Variable x, DType type) {
        Variable out = variable(x.needsGradient(), type, DType.F32, x.shape());
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
        Variable out = variable(x.needsGradient(), type, x.gradientType(), x.shape());
        backend.convert(out.value(), x.value());
        record(() -> x.startGradient(out.dropGradient()), out);
        return out;
    }

    /// Mixes a gated share of the token before into every token, see [Backend#smear].
    public Variable smear(Variable x, Parameter gate, Parameter lambda, int length) {
        boolean toX = x.needsGradient();
        Variable out = variable(toX || gate.isTrained() || lambda.isTrained(), DType.F32, DType.F32, x.shape());
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
                x.shape());
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
        Variable out = variable(toX || toOther || lambda.isTrained(), DType.F32, DType.F32, x.shape());
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
        checkInPlace(x);
        Runnable product = () -> backend.linear(x.value(), input.value(), w.compute(), true);
        if (again) {
            x.finishWhenRead(product);
        } else {
            product.run();
        }
        recordInPlace(x, toInput || w.isTrained(), () -> {
            if (computeType == DType.F32) {
                linearBackward(input, toInput, w, x.gradient());
            } else {
                Tensor rounded = pool.take(computeType, x.shape());
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
        Variable out = variable(x.needsGradient(), computeType, computeType, x.shape());
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
        checkInPlace(values);
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
        checkInPlace(x);
        Tensor inverseRms = pool.take(DType.F32, x.value().rows(), x.value().columns() / headSize);
        backend.rotaryNorm(x.value(), inverseRms, cos, sin, length, headSize, scale);
        recordInPlace(x, x.needsGradient(),
                () -> backend.rotaryNormBackward(x.gradient(), x.value(), inverseRms, cos, sin, length, headSize, scale), inverseRms);
        return x;
    }

    /// In each of `batch` rows the keys (or values) of its memory and then its own, for [Visibility.AfterMemory]; the memory gets no gradient.
    /// Nothing else may read x.
    public Variable afterMemory(Tensor memory, Variable x, int batch) {
        Variable out = joined(memory, x, x.needsGradient(), batch);
        record(() -> x.startGradient(out.dropGradient()), out);
        return out;
    }

    /// The same of a memory that is learned. Nothing else may read it.
    public Variable afterMemory(Variable memory, Variable x, int batch) {
        Variable out = joined(memory.value(), x, memory.needsGradient() || x.needsGradient(), batch);
        int size = memory.value().rows() / batch;
        boolean toMemory = memory.needsGradient();
        boolean toX = x.needsGradient();
        record(() -> {
            if (toMemory) {
                backend.copyRows(freshGradient(memory), 0, out.gradient(), 0, size, batch);
            }
            if (toX) {
                backend.copyRows(freshGradient(x), 0, out.gradient(), size, x.value().rows() / batch, batch);
            }
        }, out);
        return out;
    }

    /// The same of one memory [memory, columns] that stands before every row, and gets no gradient.
    public Variable afterSharedMemory(Tensor memory, Variable x, int batch) {
        int size = memory.rows();
        int own = x.value().rows() / batch;
        Variable out = variable(x.needsGradient(), x.value().dtype(), x.gradientType(), batch * (size + own), x.value().columns());
        long rowBytes = (long) x.value().columns() * x.value().dtype().bytes();
        for (int row = 0; row < batch; row++) {
            long begin = (long) row * (size + own) * rowBytes;
            backend.convert(new Tensor(x.value().dtype(), out.value().memory().slice(begin, size * rowBytes), memory.shape()), memory);
        }
        backend.copyRows(out.value(), size, x.value(), 0, own, batch);
        record(() -> x.startGradient(out.dropGradient()), out);
        return out;
    }

    private Variable joined(Tensor memory, Variable x, boolean needsGradient, int batch) {
        int size = memory.rows() / batch;
        Variable out = variable(needsGradient, x.value().dtype(), x.gradientType(), memory.rows() + x.value().rows(), x.value().columns());
        backend.copyRows(out.value(), 0, memory, 0, size, batch);
        backend.copyRows(out.value(), size, x.value(), 0, x.value().rows() / batch, batch);
        return out;
    }

    /// In each of `batch` rows what comes after its first token. Nothing else may read x.
    public Variable withoutFirst(Variable x, int batch) {
        int rows = x.value().rows() / batch - 1;
        Variable out = variable(x.needsGradient(), x.value().dtype(), x.gradientType(), batch * rows, x.value().columns());
        backend.copyRows(out.value(), 0, x.value(), 1, rows, batch);
        record(() -> {
            Tensor gradient = freshGradient(x);
            backend.zero(gradient);
            backend.copyRows(gradient, 1, out.gradient(), 0, rows, batch);
        }, out);
        return out;
    }

    /// Softmax attention over the keys that each query sees. Nothing else may read q, k and v.
    public Variable attention(Variable q, Variable k, Variable v, AttentionShape shape) {
        Variable out = variable(q.needsGradient() || k.needsGradient() || v.needsGradient(), computeType, computeType, q.shape());
        Tensor logSumExp = pool.take(DType.F32, shape.batch(), shape.heads(), shape.queries());
        backend.attention(out.value(), logSumExp, q.value(), k.value(), v.value(), shape);
        record(() -> backend.attentionBackward(freshGradient(q), learnedGradient(k, shape), learnedGradient(v, shape), out.gradient(),
                q.value(), k.value(), v.value(), out.value(), logSumExp, shape), out, logSumExp);
        return out;
    }

    /// Attention for diffusion in blocks: the noisy rows come first, then the clean ones, see [BlockAttention]. Nothing else may read q, k and v.
    ///
    /// @param clean of the clean rows, with [Visibility.Blocks]
    public Variable blockAttention(Variable q, Variable k, Variable v, AttentionShape clean) {
        Variable out = variable(q.needsGradient() || k.needsGradient() || v.needsGradient(), computeType, computeType, q.shape());
        Tensor logSumExp = pool.take(DType.F32, q.value().rows(), clean.heads());
        BlockAttention attention = new BlockAttention(backend, pool, clean);
        attention.forward(out.value(), logSumExp, q.value(), k.value(), v.value());
        record(() -> attention.backward(freshGradient(q), freshGradient(k), freshGradient(v), out.gradient(), q.value(), k.value(), v
                .value(),
                out.value(), logSumExp), out, logSumExp);
        return out;
    }

    // ---- loss ----

    /// losses [N] of predicting the targets by lm_head; the gradients of their weighted sum start from here.
    public void crossEntropyWithGradient(Tensor losses, Variable x, Parameter lmHead, Tensor targets, int vocabularySize,
            LossWeights weights) {
        backend.crossEntropyWithGradient(losses, freshGradient(x, x.needsGradient()), lmHead.gradientIfTrained(), x.value(),
                lmHead.compute(), targets, vocabularySize, weights);
    }

    /// The same of predicting them by lm_head and evidence together, over the evidence's tokens; their losses all count `weight`.
    public void crossEntropyWithGradient(Tensor losses, Variable x, Parameter lmHead, Evidence evidence, Tensor targets, float weight) {
        new EvidenceProducts(backend, pool, evidence).crossEntropyWithGradient(losses, freshGradient(x, x.needsGradient()), lmHead
                .gradientIfTrained(), x.value(), lmHead.compute(), targets, weight, computeType);
    }

    /// means [N, D] = softmax(softcap(x lm_head^T) + evidence) codes: which code is expected. Nothing is recorded.
    public void expected(Tensor means, Variable x, Parameter lmHead, Evidence evidence) {
        new EvidenceProducts(backend, pool, evidence).expected(means, x.value(), lmHead.compute());
    }

    /// The gradients of a loss that is computed elsewhere start from here.
    ///
    /// @param gradient of that loss with respect to x
    public void startFrom(Variable x, Tensor gradient) {
        backend.convert(freshGradient(x), gradient);
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
        operation.results.forEach(this::release);
        operation.kept.forEach(pool::giveBack);
    }

    private void release(Variable result) {
        if (result.hasGradient()) {
            pool.giveBack(result.dropGradient());
        }
        pool.giveBack(result.memory());
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

    /// Computed again, a segment would change it again.
    private void checkInPlace(Variable x) {
        if (openSegments > 0 && !isMadeHere(x)) {
            throw new IllegalStateException("a segment changes " + x.value() + " in place, which was made outside of it: convert it first,"
                    + " which copies it");
        }
    }

    private void record(boolean trained, Runnable backward, List<Variable> results, Tensor... kept) {
        if (trained) {
            operations.add(new Operation(backward, results, List.of(kept)));
        } else {
            operations.add(new Operation(() -> {}, results, List.of()));
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

    /// A gradient of the learned keys or values.
    private Tensor learnedGradient(Variable keys, AttentionShape shape) {
        keys.startGradient(pool.take(keys.gradientType(), shape.batch() * shape.learnedKeys(), keys.value().columns()));
        return keys.gradient();
    }

    /// A gradient for the only reader of x to fill.
    private Tensor freshGradient(Variable x) {
        x.startGradient(pool.take(x.gradientType(), x.shape()));
        return x.gradient();
    }

    private Optional<Tensor> freshGradient(Variable x, boolean needed) {
        return needed ? Optional.of(freshGradient(x)) : Optional.empty();
    }
}
