package nanochat.optim;

import nanochat.io.BadInputException;
import nanochat.io.Setting;

/// How learning rates go over a run of reinforcement learning (docs/formulas.md#reinforcement): they fall linearly from the first step on, to 0 one step
/// after the last; no warm-up, no weight decay, and Muon's momentum stays.
///
/// @param iterations steps of the run
/// @param initialFraction the learning rates of the first step, as a share of those of pretraining
public record ReinforcementSchedule(int iterations, double initialFraction) {
    private static final double MOMENTUM = 0.95;

    public ReinforcementSchedule {
        if (iterations < 1) {
            throw BadInputException.about("%s must be at least 1, is %d", new Setting("num_iterations"), iterations);
        }
        if (!(initialFraction > 0 && initialFraction < Double.POSITIVE_INFINITY)) {
            throw BadInputException.about("%s must be above 0, is %s", new Setting("init_lr_frac"), initialFraction);
        }
    }

    /// Everything for the step of this index.
    ///
    /// @param step from 0 to iterations - 1
    public ScheduleValues at(int step) {
        if (step < 0 || step >= iterations) {
            throw new IllegalArgumentException("step " + step + " is not one of a run of " + iterations);
        }
        return new ScheduleValues(initialFraction * (1 - (double) step / iterations), MOMENTUM, 0);
    }
}
