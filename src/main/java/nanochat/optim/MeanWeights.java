package nanochat.optim;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tensor;

/// The mean of the weights after every update of a run (Polyak and Juditsky 1992, doi 10.1137/0330046; for networks Izmailov et al. 2018,
/// arXiv 1803.05407). Where each update is mostly noise, the last weights have wandered further than what was learned; the mean has not.
public final class MeanWeights {
    private static final String PREFIX = "mean.";

    private final Backend backend;
    private final List<Parameter> trained;
    private final SequencedMap<String, Tensor> means = new LinkedHashMap<>();
    private final Tensor ofMean;
    private final Tensor ofWeights;

    /// @param parameters of which those that are trained are averaged; the others do not move
    public MeanWeights(Backend backend, List<Parameter> parameters) {
        this.backend = backend;
        trained = parameters.stream().filter(Parameter::isTrained).toList();
        for (Parameter parameter : trained) {
            means.put(PREFIX + parameter.name(), backend.allocate(DType.F32, parameter.value().shape()));
        }
        ofMean = backend.allocate(DType.F32, 1);
        ofWeights = backend.allocate(DType.F32, 1);
    }

    /// Counts the weights as they are now: mean += (weights - mean) / updates.
    ///
    /// @param updates that were made, this one included; 1 begins anew
    public void add(int updates) {
        double share = 1.0 / updates;
        weigh(1 - share, share);
        for (Parameter parameter : trained) {
            Tensor mean = meanOf(parameter);
            backend.mix(mean, mean, parameter.value(), ofMean, ofWeights, 0);
        }
    }

    /// The weights become their mean.
    public void take() {
        weigh(1, 0);
        for (Parameter parameter : trained) {
            Tensor mean = meanOf(parameter);
            backend.mix(parameter.value(), mean, mean, ofMean, ofWeights, 0);
            parameter.refresh(backend);
        }
    }

    private void weigh(double mean, double weights) {
        backend.write(ofMean, new float[]{(float) mean});
        backend.write(ofWeights, new float[]{(float) weights});
    }

    private Tensor meanOf(Parameter parameter) {
        return Objects.requireNonNull(means.get(PREFIX + parameter.name()));
    }

    /// What a checkpoint has to keep, by name.
    public SequencedMap<String, Tensor> state() {
        return Collections.unmodifiableSequencedMap(means);
    }
}
