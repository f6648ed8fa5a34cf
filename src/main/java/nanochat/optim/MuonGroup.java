package nanochat.optim;

import java.util.List;
import nanochat.tensor.MuonStep;
import nanochat.tensor.Parameter;

/// Matrices of one shape. Momentum and weight decay follow the schedule.
///
/// @param beta2 share of the second moment (NorMuon) that is kept in each step
public record MuonGroup(List<Parameter> parameters, double initialLearningRate, double beta2, double weightDecay)
        implements
            ParameterGroup {
    public MuonGroup {
        parameters = List.copyOf(parameters);
    }

    /// The hyper-parameters of an update.
    MuonStep step(ScheduleValues schedule) {
        return new MuonStep((float) (initialLearningRate * schedule.learningRateMultiplier()), (float) schedule.muonMomentum(),
                (float) beta2, (float) (weightDecay * schedule.weightDecayMultiplier()));
    }
}
