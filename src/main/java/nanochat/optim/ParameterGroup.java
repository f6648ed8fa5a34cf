package nanochat.optim;

import java.util.List;
import nanochat.tensor.Parameter;

/// Parameters that are updated by the same rule with the same hyper-parameters.
public sealed interface ParameterGroup permits AdamWGroup, MuonGroup {
    /// At least one.
    List<Parameter> parameters();

    /// Before the schedule multiplies it.
    double initialLearningRate();

    /// Before the schedule multiplies it (Muon) or as it stays (AdamW).
    double weightDecay();
}
