package nanochat.optim;

import nanochat.io.BadInputException;
import nanochat.io.Setting;

/// How learning rates, momentum and weight decay go over a run of pretraining (docs/formulas.md#schedules). A run shorter than the warm-up never
/// leaves it.
///
/// @param iterations steps of the run
/// @param warmupSteps steps over which the learning rate rises linearly
/// @param warmdownRatio share of the run, at its end, over which the learning rate falls linearly
/// @param finalLearningRateFraction what it falls towards, as a share of the full rate: reached one step after the last
public record PretrainingSchedule(int iterations, int warmupSteps, double warmdownRatio, double finalLearningRateFraction) {
    public static final int DEFAULT_WARMUP_STEPS = 40;
    public static final double DEFAULT_WARMDOWN_RATIO = 0.65;
    public static final double DEFAULT_FINAL_LEARNING_RATE_FRACTION = 0.05;

    private static final int MOMENTUM_WARMUP_STEPS = 400;
    private static final double MOMENTUM_START = 0.85;
    private static final double MOMENTUM = 0.97;
    private static final double MOMENTUM_END = 0.90;

    public PretrainingSchedule {
        if (iterations < 1) {
            throw new BadInputException("a run needs at least 1 step, this one would have " + iterations);
        }
        check(warmupSteps >= 0, new Setting("warmup_steps"), "must not be negative", warmupSteps);
        check(warmdownRatio >= 0 && warmdownRatio <= 1, new Setting("warmdown_ratio"), "must be between 0 and 1", warmdownRatio);
        check(finalLearningRateFraction >= 0 && finalLearningRateFraction <= 1,
                new Setting("final_lr_frac"), "must be between 0 and 1", finalLearningRateFraction);
    }

    private static void check(boolean valid, Setting setting, String demand, Number value) {
        if (!valid) {
            throw BadInputException.about("%s %s, is %s", setting, demand, value);
        }
    }

    /// The defaults for a run of this many steps.
    public static PretrainingSchedule of(int iterations) {
        return new PretrainingSchedule(iterations, DEFAULT_WARMUP_STEPS, DEFAULT_WARMDOWN_RATIO, DEFAULT_FINAL_LEARNING_RATE_FRACTION);
    }

    /// Everything for the step of this index.
    ///
    /// @param step from 0 to iterations - 1
    public ScheduleValues at(int step) {
        if (step < 0 || step >= iterations) {
            throw new IllegalArgumentException("step " + step + " is not one of a run of " + iterations);
        }
        return new ScheduleValues(learningRateMultiplier(step), muonMomentum(step), weightDecayMultiplier(step));
    }

    /// The first warm-up step already has a rate above 0, the last one the full rate. The warm-up goes before the warm-down.
    private double learningRateMultiplier(int step) {
        if (step < warmupSteps) {
            return (step + 1.0) / warmupSteps;
        }
        if (step <= warmdownStart()) {
            return 1;
        }
        return mix(1, finalLearningRateFraction, warmdownProgress(step));
    }

    private double muonMomentum(int step) {
        if (step < MOMENTUM_WARMUP_STEPS) {
            return mix(MOMENTUM_START, MOMENTUM, step / (double) MOMENTUM_WARMUP_STEPS);
        }
        if (step < warmdownStart()) {
            return MOMENTUM;
        }
        return mix(MOMENTUM, MOMENTUM_END, warmdownProgress(step));
    }

    private double weightDecayMultiplier(int step) {
        return 0.5 * (1 + Math.cos(Math.PI * step / iterations));
    }

    /// Half-way cases go to the even number, as the original's do.
    private int warmdownSteps() {
        return (int) Math.rint(warmdownRatio * iterations);
    }

    private int warmdownStart() {
        return iterations - warmdownSteps();
    }

    private double warmdownProgress(int step) {
        return (step - warmdownStart()) / (double) warmdownSteps();
    }

    private static double mix(double from, double to, double progress) {
        return from * (1 - progress) + to * progress;
    }
}
