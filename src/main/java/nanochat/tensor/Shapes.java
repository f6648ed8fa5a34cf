package nanochat.tensor;

import static nanochat.tensor.Backend.SMEAR_CHANNELS;
import static nanochat.tensor.Backend.VALUE_GATE_CHANNELS;

import java.util.List;
import java.util.Optional;

/// The shapes and types that every operation of [Backend] accepts, whatever it runs on. There is one method for each operation that takes
/// more than one tensor; it throws an [IllegalArgumentException] that names those that do not fit. Where all fit it allocates nothing.
final class Shapes {
    private Shapes() {
    }

    // ---- memory ----

    static void write(Tensor tensor, float[] values) {
        activation("the tensor", tensor);
        length(tensor, values.length);
    }

    static void write(Tensor tensor, int[] values) {
        type(DType.I32, "the tensor", tensor);
        length(tensor, values.length);
    }

    /// For copies of raw bytes in and out.
    static void copy(Tensor tensor, long bytes) {
        if (tensor.bytes() != bytes) {
            throw new IllegalArgumentException(bytes + " bytes for the " + tensor.bytes() + " bytes of " + tensor);
        }
    }

    static void convert(Tensor to, Tensor from) {
        activation("to", to);
        activation("from", from);
        equal("the size of to", to, to.size(), "the size of from", from, from.size());
    }

    public static void copyRows(Tensor to, int toFirst, Tensor from, int fromFirst, int rows, int batch) {
        activation("to", to);
        activation("from", from);
        columns("to", to, "from", from);
        part("to", to, toFirst, rows, batch);
        part("from", from, fromFirst, rows, batch);
    }

    // ---- embedding, norm, residual stream ----

    static void embedding(Tensor out, Tensor table, Tensor ids) {
        f32("out", out);
        f32("table", table);
        perRow("ids", ids, DType.I32, "out", out);
        columns("table", table, "out", out);
    }

    static void norm(Tensor out, Tensor inverseRms, Tensor x) {
        f32("x", x);
        activation("out", out);
        alike("out", out, "x", x);
        perRow("inverseRms", inverseRms, DType.F32, "x", x);
    }

    static void normBackward(Tensor xGradient, Tensor outGradient, Tensor out, Tensor inverseRms) {
        norm(out, inverseRms, xGradient);
        activation("outGradient", outGradient);
        alike("outGradient", outGradient, "out", out);
    }

    static void smear(Tensor out, Tensor x, Tensor gate, Tensor lambda, int length) {
        f32("out", out);
        f32("x", x);
        alike("out", out, "x", x);
        gate(gate, 1, SMEAR_CHANNELS, x);
        scalar("lambda", lambda);
        wholeSequences("x", x, length);
    }

    static void smearBackward(Optional<Tensor> xGradient, Optional<Tensor> gateGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor x,
            Tensor gate, Tensor lambda, int length) {
        smear(outGradient, x, gate, lambda, length);
        gradient("xGradient", xGradient, "x", x);
        gradient("gateGradient", gateGradient, "gate", gate);
        gradient("lambdaGradient", lambdaGradient, "lambda", lambda);
    }

    static void mix(Tensor out, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        f32("out", out);
        gradient("x", x, "out", out);
        gradient("x0", x0, "out", out);
        layers("residLambdas", residLambdas, layer);
        layers("x0Lambdas", x0Lambdas, layer);
    }

    /// If the two gradients are one tensor, the two flags must agree: there is only one answer to whether its old content stays.
    static void mixBackward(Optional<Tensor> xGradient, boolean accumulateX, Optional<Tensor> x0Gradient, boolean accumulateX0,
            Optional<Tensor> residGradient,
            Optional<Tensor> x0LambdaGradient, Tensor outGradient, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        mix(outGradient, x, x0, residLambdas, x0Lambdas, layer);
        gradient("xGradient", xGradient, "x", x);
        gradient("x0Gradient", x0Gradient, "x0", x0);
        gradient("residGradient", residGradient, "residLambdas", residLambdas);
        gradient("x0LambdaGradient", x0LambdaGradient, "x0Lambdas", x0Lambdas);
        if (xGradient.isPresent() && x0Gradient.isPresent() && xGradient.get() == x0Gradient.get() && accumulateX != accumulateX0) {
            throw new IllegalArgumentException("xGradient and x0Gradient are one tensor, " + xGradient.get()
                    + ", but accumulateX is " + accumulateX + " and accumulateX0 is " + accumulateX0);
        }
    }

    static void subtractScaled(Tensor out, Tensor x, Tensor other, Tensor lambda) {
        f32("out", out);
        gradient("x", x, "out", out);
        gradient("other", other, "out", out);
        scalar("lambda", lambda);
    }

    static void subtractScaledBackward(Optional<Tensor> xGradient, Optional<Tensor> otherGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient,
            Tensor other, Tensor lambda) {
        subtractScaled(outGradient, xGradient.orElse(outGradient), other, lambda);
        gradient("otherGradient", otherGradient, "other", other);
        gradient("lambdaGradient", lambdaGradient, "lambda", lambda);
    }

    // ---- matrix products ----

    static void linear(Tensor y, Tensor x, Tensor w) {
        product("y", y, "x", x, "w", w);
        rows("y", y, "x", x);
        equal("the columns of y", y, y.columns(), "the rows of w", w, w.rows());
        columns("x", x, "w", w);
    }

    static void linearBackwardInput(Tensor xGradient, Tensor yGradient, Tensor w) {
        product("xGradient", xGradient, "yGradient", yGradient, "w", w);
        rows("xGradient", xGradient, "yGradient", yGradient);
        columns("xGradient", xGradient, "w", w);
        equal("the columns of yGradient", yGradient, yGradient.columns(), "the rows of w", w, w.rows());
    }

    static void linearBackwardWeight(Tensor wGradient, Tensor yGradient, Tensor x) {
        f32("wGradient", wGradient);
        product("wGradient", wGradient, "yGradient", yGradient, "x", x);
        rows("yGradient", yGradient, "x", x);
        equal("the rows of wGradient", wGradient, wGradient.rows(), "the columns of yGradient", yGradient, yGradient.columns());
        columns("wGradient", wGradient, "x", x);
    }

    static void reluSquared(Tensor out, Tensor x) {
        activation("out", out);
        activation("x", x);
        alike("out", out, "x", x);
    }

    static void reluSquaredBackward(Tensor xGradient, Tensor outGradient, Tensor x) {
        reluSquared(outGradient, x);
        reluSquared(xGradient, x);
    }

    // ---- attention ----

    static void valueEmbedding(Tensor values, Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        activation("values", values);
        activation("x", x);
        f32("table", table);
        columns("table", table, "values", values);
        rows("x", x, "values", values);
        perRow("ids", ids, DType.I32, "values", values);
        int heads = gate.rows();
        gate(gate, heads, VALUE_GATE_CHANNELS, x);
        multiple("the columns of values", values, values.columns(), "the rows of gate", heads);
        f32("gateValues", gateValues);
        equal("the size of gateValues", gateValues, gateValues.size(), "the rows of values times the rows of gate", values,
                (long) values.rows() * heads);
    }

    static void valueEmbeddingBackward(Optional<Tensor> tableGradient, Optional<Tensor> gateGradient, Optional<Tensor> xGradient,
            Tensor valuesGradient,
            Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        valueEmbedding(valuesGradient, gateValues, x, gate, table, ids);
        gradient("tableGradient", tableGradient, "table", table);
        gradient("gateGradient", gateGradient, "gate", gate);
        gradient("xGradient", xGradient, "x", x);
    }

    static void rotaryNorm(Tensor x, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize) {
        activation("x", x);
        f32("inverseRms", inverseRms);
        f32("cos", cos);
        gradient("sin", sin, "cos", cos);
        multiple("the headSize of x", x, headSize, "the halves of a head", 2);
        multiple("the columns of x", x, x.columns(), "headSize", headSize);
        wholeSequences("x", x, length);
        equal("the size of inverseRms", inverseRms, inverseRms.size(), "the heads of x", x, x.size() / headSize);
        equal("the columns of cos", cos, cos.columns(), "half the headSize of x", x, headSize / 2);
        if (cos.rows() < length) {
            throw new IllegalArgumentException("cos, " + cos + ", has fewer rows than the " + length + " positions of x, " + x);
        }
    }

    static void rotaryNormBackward(Tensor gradient, Tensor out, Tensor inverseRms, Tensor cos, Tensor sin, int length,
            int headSize) {
        rotaryNorm(out, inverseRms, cos, sin, length, headSize);
        activation("gradient", gradient);
        alike("gradient", gradient, "out", out);
    }

    static void attention(Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        queries("q", q, shape);
        queries("out", out, shape);
        keys("k", k, shape);
        keys("v", v, shape);
        f32("logSumExp", logSumExp);
        equal("the size of logSumExp", logSumExp, logSumExp.size(), "the rows of q times heads", q, (long) q.rows() * shape.heads());
    }

    static void attentionBackward(Tensor qGradient, Tensor kGradient, Tensor vGradient, Tensor outGradient, Tensor q, Tensor k,
            Tensor v, Tensor out, Tensor logSumExp, AttentionShape shape) {
        attention(out, logSumExp, q, k, v, shape);
        queries("outGradient", outGradient, shape);
        queries("qGradient", qGradient, shape);
        keyGradients("kGradient", kGradient, shape);
        keyGradients("vGradient", vGradient, shape);
    }

    // ---- logits and loss ----

    static void logits(Tensor logits, Tensor x, Tensor w) {
        f32("logits", logits);
        activation("x", x);
        activation("w", w);
        rows("logits", logits, "x", x);
        columns("x", x, "w", w);
        if (logits.columns() > w.rows()) {
            throw new IllegalArgumentException("logits, " + logits + ", has more columns than w, " + w + ", has rows");
        }
    }

    static void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        activation("x", x);
        activation("w", w);
        columns("x", x, "w", w);
        perRow("losses", losses, DType.F32, "x", x);
        perRow("targets", targets, DType.I32, "x", x);
        if (vocabularySize < 1 || vocabularySize > w.rows()) {
            throw new IllegalArgumentException("a vocabulary of " + vocabularySize + " does not fit the rows of w, " + w);
        }
    }

    static void crossEntropyWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w,
            Tensor targets, int vocabularySize, LossWeights weights) {
        crossEntropy(losses, x, w, targets, vocabularySize);
        if (weights instanceof LossWeights.PerPosition(Tensor each)) {
            perRow("weights", each, DType.F32, "x", x);
        }
        gradient("xGradient", xGradient, "x", x);
        gradient("wGradient", wGradient, "w", w);
    }

    static void softmax(Tensor scores) {
        f32("scores", scores);
    }

    static void crossEntropyOfScores(Tensor losses, Tensor logits, Tensor scores, Tensor targets) {
        f32("scores", scores);
        f32("logits", logits);
        alike("logits", logits, "scores", scores);
        perRow("losses", losses, DType.F32, "scores", scores);
        perRow("targets", targets, DType.I32, "scores", scores);
    }

    // ---- optimizer ----

    static void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment) {
        f32("parameter", parameter);
        gradient("gradient", gradient, "parameter", parameter);
        gradient("firstMoment", firstMoment, "parameter", parameter);
        gradient("secondMoment", secondMoment, "parameter", parameter);
    }

    static void muon(List<MuonMatrix> matrices) {
        for (MuonMatrix matrix : matrices) {
            Tensor parameter = matrix.parameter();
            f32("parameter", parameter);
            gradient("gradient", matrix.gradient(), "parameter", parameter);
            gradient("momentum", matrix.momentum(), "parameter", parameter);
            f32("secondMoment", matrix.secondMoment());
            equal("the size of secondMoment", matrix.secondMoment(), matrix.secondMoment().size(), "the longer side of parameter",
                    parameter, MuonMatrix.secondMomentSize(parameter.rows(), parameter.columns()));
        }
    }

    // ---- the rules they are made of ----

    private static void type(DType dtype, String name, Tensor tensor) {
        if (tensor.dtype() != dtype) {
            throw new IllegalArgumentException(name + ", " + tensor + ", must be of type " + dtype);
        }
    }

    private static void f32(String name, Tensor tensor) {
        type(DType.F32, name, tensor);
    }

    private static void activation(String name, Tensor tensor) {
        if (tensor.dtype() == DType.I32) {
            throw new IllegalArgumentException(name + ", " + tensor + ", must be of type F32 or BF16");
        }
    }

    private static void equal(String what, Tensor tensor, long size, String otherWhat, Tensor other, long otherSize) {
        if (size != otherSize) {
            throw new IllegalArgumentException(what + ", " + tensor + ", do not fit " + otherWhat + ", " + other
                    + ": " + size + " and " + otherSize);
        }
    }

    private static void rows(String name, Tensor tensor, String otherName, Tensor other) {
        if (tensor.rows() != other.rows()) {
            throw new IllegalArgumentException(name + ", " + tensor + ", and " + otherName + ", " + other + ", differ in rows");
        }
    }

    private static void columns(String name, Tensor tensor, String otherName, Tensor other) {
        if (tensor.columns() != other.columns()) {
            throw new IllegalArgumentException(name + ", " + tensor + ", and " + otherName + ", " + other + ", differ in columns");
        }
    }

    private static void alike(String name, Tensor tensor, String otherName, Tensor other) {
        rows(name, tensor, otherName, other);
        columns(name, tensor, otherName, other);
    }

    /// An F32 tensor like another, as the gradient of a weight is.
    private static void gradient(String name, Tensor tensor, String otherName, Tensor other) {
        f32(name, tensor);
        alike(name, tensor, otherName, other);
    }

    private static void gradient(String name, Optional<Tensor> tensor, String otherName, Tensor other) {
        if (tensor.isPresent()) {
            gradient(name, tensor.get(), otherName, other);
        }
    }

    /// One element for each row.
    private static void perRow(String name, Tensor tensor, DType dtype, String otherName, Tensor other) {
        type(dtype, name, tensor);
        if (tensor.size() != other.rows()) {
            throw new IllegalArgumentException(name + ", " + tensor + ", needs one element for each row of " + otherName + ", " + other);
        }
    }

    private static void scalar(String name, Tensor tensor) {
        f32(name, tensor);
        if (tensor.size() != 1) {
            throw new IllegalArgumentException(name + ", " + tensor + ", must have one element");
        }
    }

    private static void layers(String name, Tensor lambdas, int layer) {
        f32(name, lambdas);
        if (layer < 0 || layer >= lambdas.size()) {
            throw new IllegalArgumentException(name + ", " + lambdas + ", has no element for layer " + layer);
        }
    }

    private static void gate(Tensor gate, int rows, int channels, Tensor x) {
        f32("gate", gate);
        if (gate.rows() != rows || gate.columns() != channels || x.columns() < channels) {
            throw new IllegalArgumentException("gate, " + gate + ", must be [" + rows + ", " + channels + "], and x, " + x
                    + ", must have as many columns");
        }
    }

    private static void wholeSequences(String name, Tensor tensor, int length) {
        if (length < 1 || tensor.rows() % length != 0) {
            throw new IllegalArgumentException("the rows of " + name + ", " + tensor + ", are no multiple of the sequence length "
                    + length);
        }
    }

    private static void multiple(String what, Tensor tensor, int size, String unitName, int unit) {
        if (unit < 1 || size % unit != 0) {
            throw new IllegalArgumentException(what + ", " + tensor + ", are no multiple of " + unitName + ": " + size + " and " + unit);
        }
    }

    private static void length(Tensor tensor, int length) {
        if (tensor.size() != length) {
            throw new IllegalArgumentException(length + " values for the " + tensor.size() + " elements of " + tensor);
        }
    }

    /// A matrix product: two factors of one type, the result of that type or F32.
    private static void product(String name, Tensor result, String leftName, Tensor left, String rightName, Tensor right) {
        activation(leftName, left);
        if (left.dtype() != right.dtype()) {
            throw new IllegalArgumentException(leftName + ", " + left + ", and " + rightName + ", " + right + ", differ in type");
        }
        if (result.dtype() != DType.F32 && result.dtype() != left.dtype()) {
            throw new IllegalArgumentException(name + ", " + result + ", must be of type F32 or that of " + leftName + ", " + left);
        }
    }

    private static void part(String name, Tensor tensor, int first, int rows, int batch) {
        multiple("the rows of " + name, tensor, tensor.rows(), "the batch", batch);
        if (first < 0 || rows < 0 || first + rows > tensor.rows() / batch) {
            throw new IllegalArgumentException(name + ", " + tensor + ", has no rows " + first + " to " + (first + rows - 1)
                    + " in each of "
                    + batch + " parts");
        }
    }

    private static void queries(String name, Tensor tensor, AttentionShape shape) {
        heads(name, tensor, shape, shape.queries(), shape.heads());
    }

    private static void keys(String name, Tensor tensor, AttentionShape shape) {
        heads(name, tensor, shape, shape.keys(), shape.kvHeads());
    }

    private static void keyGradients(String name, Tensor tensor, AttentionShape shape) {
        heads(name, tensor, shape, shape.learnedKeys(), shape.kvHeads());
    }

    private static void heads(String name, Tensor tensor, AttentionShape shape, int length, int heads) {
        activation(name, tensor);
        if (tensor.rows() != shape.batch() * length || tensor.columns() != heads * shape.headSize()) {
            throw new IllegalArgumentException(name + ", " + tensor + ", must be [" + shape.batch() * length + ", "
                    + heads * shape.headSize() + "] for " + shape);
        }
    }
}
