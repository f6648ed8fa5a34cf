package nanochat.tensor.reference;

import static nanochat.tensor.reference.Elements.add;
import static nanochat.tensor.reference.Elements.get;
import static nanochat.tensor.reference.Elements.set;

import java.util.Optional;
import nanochat.tensor.Backend;
import nanochat.tensor.Tensor;

/// Value embeddings: what a token adds to attention's values, weighted by one gate for each head.
final class ReferenceValueEmbedding {
    private ReferenceValueEmbedding() {
    }

    static void forward(Tensor values, Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        int heads = gate.rows();
        int headSize = values.columns() / heads;
        for (int n = 0; n < values.rows(); n++) {
            int id = Elements.id(ids, n, 0, table.rows());
            for (int head = 0; head < heads; head++) {
                double weight = Backend.VALUE_GATE_SCALE * Elements.sigmoidGate(gate, head, x, n);
                set(gateValues, (long) n * heads + head, weight);
                for (int c = head * headSize; c < (head + 1) * headSize; c++) {
                    add(values, n, c, weight * get(table, id, c));
                }
            }
        }
    }

    static void backward(Optional<Tensor> tableGradient, Optional<Tensor> gateGradient, Optional<Tensor> xGradient, Tensor valuesGradient,
            Tensor gateValues, Tensor x, Tensor gate, Tensor table, Tensor ids) {
        int heads = gate.rows();
        int headSize = valuesGradient.columns() / heads;
        int channels = gate.columns();
        double[] gateSums = new double[heads * channels];
        for (int n = 0; n < valuesGradient.rows(); n++) {
            int id = Elements.id(ids, n, 0, table.rows());
            double[] xSums = new double[channels];
            for (int head = 0; head < heads; head++) {
                double weight = get(gateValues, (long) n * heads + head);
                double weightGradient = 0;
                for (int c = head * headSize; c < (head + 1) * headSize; c++) {
                    weightGradient += (double) get(valuesGradient, n, c) * get(table, id, c);
                    if (tableGradient.isPresent()) {
                        add(tableGradient.get(), id, c, weight * get(valuesGradient, n, c));
                    }
                }
                // The derivative of s sigmoid(z), in terms of its value w, is w (1 - w / s).
                double gateInputGradient = weightGradient * weight * (1 - weight / Backend.VALUE_GATE_SCALE);
                for (int channel = 0; channel < channels; channel++) {
                    gateSums[head * channels + channel] += gateInputGradient * get(x, n, channel);
                    xSums[channel] += gateInputGradient * get(gate, head, channel);
                }
            }
            for (int channel = 0; channel < channels && xGradient.isPresent(); channel++) {
                add(xGradient.get(), n, channel, xSums[channel]);
            }
        }
        for (int i = 0; i < gateSums.length && gateGradient.isPresent(); i++) {
            add(gateGradient.get(), i, gateSums[i]);
        }
    }
}
