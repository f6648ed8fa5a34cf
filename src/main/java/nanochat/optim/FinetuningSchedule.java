package nanochat.optim;

import nanochat.io.BadInputException;
import nanochat.io.Setting;

/// How learning rates and momentum go over a run of fine-tuning (docs/formulas.md#fine-tuning): no warm-up, for the model comes with the moments of its
/// pretraining; no weight decay.
///
/// @param iterations steps of the run
/// @param initialFraction the learning rates at the start, as a share of those of pretraining
/// @param warmdownRatio share of the run, at its end, over which they fall linearly: to 0 one step after the last
public record FinetuningSchedule(int iterations, double initialFraction, double warmdownRatio) {
    public static final double DEFAULT_INITIAL_FRACTION = 0.8;
    public static final double DEFAULT_WARMDOWN_RATIO = 0.5;

    private static final int MOMENTUM_WARMUP_STEPS = 300;
    private static final double MOMENTUM_START = 0.85;
    private static final double MOMENTUM = 0.95;

    public FinetuningSchedule {
        if (iterations < 1) {
            throw BadInputException.about("%s must be at least 1, is %d", new Setting("num_iterations"), iterations);
        }
        if (!(initialFraction > 0 && initialFraction < Double.POSITIVE_INFINITY)) {
            throw BadInputException.about("%s must be above 0, is %s", new Setting("init_lr_frac"), initialFraction);
        }
        if (!(warmdownRatio >= 0 && warmdownRatio <= 1)) {
            throw BadInputException.about("%s must be between 0 and 1, is %s", new Setting("warmdown_ratio"), warmdownRatio);
        }
    }

    /// Everything for the step of this index.
    ///
    /// @param step from 0 to iterations - 1
    public ScheduleValues at(int step) {
        if (step < 0 || step >= iterations) {
            throw new IllegalArgumentException("step " + step + " is not one of a run of " + iterations);
        }
        return new ScheduleValues(initialFraction * remaining(step), muonMomentum(step), 0);
    }

    private double remaining(int step) {
        double left = 1 - (double) step / iterations;
        return left >= warmdownRatio ? 1 : left / warmdownRatio;
    }

    private static double muonMomentum(int step) {
        double progress = Math.min(1, (double) step / MOMENTUM_WARMUP_STEPS);
        return MOMENTUM_START * (1 - progress) + MOMENTUM * progress;
    }
}
