package nanochat.tensor.reference;

import static nanochat.tensor.reference.Elements.add;
import static nanochat.tensor.reference.Elements.get;
import static nanochat.tensor.reference.Elements.put;
import static nanochat.tensor.reference.Elements.set;
import static nanochat.tensor.reference.Elements.sigmoidGate;

import java.util.Optional;
import nanochat.tensor.Backend;
import nanochat.tensor.Tensor;

/// What happens on the residual stream: embedding, norm, smear, and the sums with learned factors.
final class ReferenceStream {
    private ReferenceStream() {
    }

    static void embedding(Tensor out, Tensor table, Tensor ids) {
        for (int n = 0; n < out.rows(); n++) {
            int id = Elements.id(ids, n, 0, table.rows());
            for (int c = 0; c < out.columns(); c++) {
                set(out, n, c, get(table, id, c));
            }
        }
    }

    static void embeddingBackward(Tensor tableGradient, Tensor outGradient, Tensor ids) {
        for (int n = 0; n < outGradient.rows(); n++) {
            int id = Elements.id(ids, n, 0, tableGradient.rows());
            for (int c = 0; c < outGradient.columns(); c++) {
                add(tableGradient, id, c, get(outGradient, n, c));
            }
        }
    }

    static void norm(Tensor out, Tensor inverseRms, Tensor x) {
        for (int n = 0; n < x.rows(); n++) {
            double squares = 0;
            for (int c = 0; c < x.columns(); c++) {
                squares += (double) get(x, n, c) * get(x, n, c);
            }
            double inverse = 1 / Math.sqrt(squares / x.columns() + Backend.NORM_EPSILON);
            set(inverseRms, n, inverse);
            for (int c = 0; c < x.columns(); c++) {
                set(out, n, c, get(x, n, c) * inverse);
            }
        }
    }

    static void normBackward(Tensor xGradient, Tensor outGradient, Tensor out, Tensor inverseRms, boolean accumulate) {
        for (int n = 0; n < out.rows(); n++) {
            double sum = 0;
            for (int c = 0; c < out.columns(); c++) {
                sum += (double) get(outGradient, n, c) * get(out, n, c);
            }
            double mean = sum / out.columns();
            for (int c = 0; c < out.columns(); c++) {
                put(xGradient, n, c, get(inverseRms, n) * (get(outGradient, n, c) - get(out, n, c) * mean), accumulate);
            }
        }
    }

    static void smear(Tensor out, Tensor x, Tensor gate, Tensor lambda, int length) {
        for (int n = 0; n < x.rows(); n++) {
            boolean first = n % length == 0;
            double factor = first ? 0 : get(lambda, 0) * sigmoidGate(gate, 0, x, n);
            for (int c = 0; c < x.columns(); c++) {
                set(out, n, c, first ? get(x, n, c) : get(x, n, c) + factor * get(x, n - 1, c));
            }
        }
    }

    static void smearBackward(Optional<Tensor> xGradient, Optional<Tensor> gateGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor x, Tensor gate,
            Tensor lambda, int length) {
        double[] xSums = new double[Math.toIntExact(x.size())];
        double[] gateSums = new double[gate.columns()];
        double lambdaSum = 0;
        for (int n = 0; n < x.rows(); n++) {
            int row = n * x.columns();
            for (int c = 0; c < x.columns(); c++) {
                xSums[row + c] += get(outGradient, n, c);
            }
            if (n % length == 0) {
                continue;
            }
            double sigmoid = sigmoidGate(gate, 0, x, n);
            double product = 0;
            for (int c = 0; c < x.columns(); c++) {
                product += (double) get(outGradient, n, c) * get(x, n - 1, c);
                xSums[row - x.columns() + c] += get(lambda, 0) * sigmoid * get(outGradient, n, c);
            }
            lambdaSum += sigmoid * product;
            double gateInputGradient = get(lambda, 0) * product * sigmoid * (1 - sigmoid);
            for (int channel = 0; channel < gate.columns(); channel++) {
                gateSums[channel] += gateInputGradient * get(x, n, channel);
                xSums[row + channel] += gateInputGradient * get(gate, 0, channel);
            }
        }
        double total = lambdaSum;
        xGradient.ifPresent(gradient -> setAll(gradient, xSums));
        gateGradient.ifPresent(gradient -> addAll(gradient, gateSums));
        lambdaGradient.ifPresent(gradient -> add(gradient, 0, total));
    }

    static void mix(Tensor out, Tensor x, Tensor x0, Tensor residLambdas, Tensor x0Lambdas, int layer) {
        for (long i = 0; i < out.size(); i++) {
            set(out, i, (double) get(residLambdas, layer) * get(x, i) + (double) get(x0Lambdas, layer) * get(x0, i));
        }
    }

    static void mixBackward(Optional<Tensor> xGradient, boolean accumulateX, Optional<Tensor> x0Gradient, boolean accumulateX0,
            Optional<Tensor> residGradient, Optional<Tensor> x0LambdaGradient, Tensor outGradient, Tensor x, Tensor x0,
            Tensor residLambdas, Tensor x0Lambdas, int layer) {
        residGradient.ifPresent(gradient -> add(gradient, layer, dot(outGradient, x)));
        x0LambdaGradient.ifPresent(gradient -> add(gradient, layer, dot(outGradient, x0)));
        xGradient.ifPresent(gradient -> putScaled(gradient, get(residLambdas, layer), outGradient, accumulateX));
        boolean oneGradient = xGradient.isPresent() && x0Gradient.isPresent() && xGradient.get() == x0Gradient.get();
        x0Gradient.ifPresent(gradient -> putScaled(gradient, get(x0Lambdas, layer), outGradient, accumulateX0 || oneGradient));
    }

    static void subtractScaled(Tensor out, Tensor x, Tensor other, Tensor lambda) {
        for (long i = 0; i < out.size(); i++) {
            set(out, i, get(x, i) - (double) get(lambda, 0) * get(other, i));
        }
    }

    static void subtractScaledBackward(Optional<Tensor> xGradient, Optional<Tensor> otherGradient, Optional<Tensor> lambdaGradient,
            Tensor outGradient, Tensor other, Tensor lambda) {
        lambdaGradient.ifPresent(gradient -> add(gradient, 0, -dot(outGradient, other)));
        xGradient.ifPresent(gradient -> putScaled(gradient, 1, outGradient, false));
        boolean oneGradient = xGradient.isPresent() && otherGradient.isPresent() && xGradient.get() == otherGradient.get();
        otherGradient.ifPresent(gradient -> putScaled(gradient, -get(lambda, 0), outGradient, oneGradient));
    }

    private static double dot(Tensor a, Tensor b) {
        double sum = 0;
        for (long i = 0; i < a.size(); i++) {
            sum += (double) get(a, i) * get(b, i);
        }
        return sum;
    }

    private static void putScaled(Tensor to, double factor, Tensor from, boolean accumulate) {
        for (long i = 0; i < to.size(); i++) {
            set(to, i, factor * get(from, i) + (accumulate ? get(to, i) : 0));
        }
    }

    private static void setAll(Tensor to, double[] values) {
        for (int i = 0; i < values.length; i++) {
            set(to, i, values[i]);
        }
    }

    private static void addAll(Tensor to, double[] values) {
        for (int i = 0; i < values.length; i++) {
            add(to, i, values[i]);
        }
    }
}
