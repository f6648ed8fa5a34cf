package nanochat.optim;

import java.util.List;
import nanochat.tensor.AdamWStep;
import nanochat.tensor.Parameter;

/// Embeddings, unembedding and scalars. Their weight decay is not scheduled.
///
/// @param beta1 share of the first moment that is kept in each step
/// @param beta2 the same of the second moment
public record AdamWGroup(List<Parameter> parameters, double initialLearningRate, double beta1, double beta2, double weightDecay)
        implements
            ParameterGroup {
    /// Keeps the division by the root of the second moment finite.
    public static final double EPSILON = 1e-10;

    public AdamWGroup {
        parameters = List.copyOf(parameters);
    }

    /// The hyper-parameters of the `update`-th update, counted from 1.
    AdamWStep step(int update, ScheduleValues schedule) {
        return new AdamWStep((float) (initialLearningRate * schedule.learningRateMultiplier()), (float) beta1, (float) beta2,
                (float) EPSILON, (float) weightDecay, update);
    }
}
