package nanochat.compare;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.data.Packing;
import nanochat.io.BadInputException;
import nanochat.io.Setting;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.PretrainingSchedule;
import nanochat.optim.ScalingLaws;
import nanochat.tensor.DType;
import nanochat.train.PretrainingOptions;
import nanochat.train.PretrainingPlan;

/// What all trainings of a comparison have in common. They are those of the speedrun, whose learning rates were found by trial for models of this size;
/// each objective then has its own multiple of them.
///
/// @param targetFlops of a training, everything counted ([nanochat.objective.ObjectiveChoice#flopsPerToken])
/// @param model its shape
/// @param rows B of a step
/// @param vocabulary tokens that the tokenizer shall have
/// @param rates multiples of the usual learning rates that are tried for each objective, ascending
/// @param sweepShare what a training that tries one costs, as a share of `targetFlops`
/// @param continueShare what going on with the next token costs, as a share of `targetFlops`; 0: that is not done
/// @param compute the type of matrix products
/// @param data which documents, by their fingerprint
/// @param judge which model judges what is written; [#NO_JUDGE] for none
public record Conditions(double targetFlops, PretrainingOptions.ModelDials model, int rows, int vocabulary, List<Double> rates,
        double sweepShare, double continueShare, DType compute, String data, String judge) {
    /// Multiples of the usual learning rates that are tried where nothing else is said.
    public static final List<Double> USUAL_RATES = List.of(0.5, 1.0, 2.0);
    /// What a training that tries one costs, where nothing else is said.
    public static final double USUAL_SWEEP_SHARE = 0.1;

    /// Nobody judges what is written.
    public static final String NO_JUDGE = "none";

    /// As much again as the run itself.
    public static final double USUAL_CONTINUE_SHARE = 1;

    private static final double SPEEDRUN_RATES = 0.25;
    private static final int WARMUP_STEPS = 20;
    /// In a run that is shorter than that allows for, a fifth of it is warm-up.
    private static final int LEAST_STEPS_PER_WARMUP_STEP = 5;
    /// How often a run is measured on its way.
    static final int MEASUREMENTS = 8;
    private static final int SAVES = 4;
    /// Batches that are measured on the way.
    private static final int EVALUATED_BATCHES = 8;

    public Conditions {
        rates = rates.stream().sorted().distinct().toList();
        check(targetFlops > 0 && targetFlops < Double.POSITIVE_INFINITY, "target_flops", "must be above 0", targetFlops);
        check(!rates.isEmpty() && rates.stream().allMatch(rate -> rate > 0 && rate < Double.POSITIVE_INFINITY), "learning_rates",
                "must be numbers above 0", rates);
        check(continueShare >= 0 && continueShare < Double.POSITIVE_INFINITY, "continue_share", "must not be negative", continueShare);
        check(sweepShare > 0 && sweepShare <= 1, "sweep_share", "must be above 0 and at most 1", sweepShare);
    }

    private static void check(boolean holds, String setting, String demand, Object value) {
        if (!holds) {
            throw BadInputException.about("%s %s, is %s", new Setting(setting), demand, value);
        }
    }

    /// What is done in a training.
    ///
    /// @param vocabularySize of the tokenizer
    /// @throws BadInputException when the FLOPs are not enough for a few steps
    PretrainingPlan plan(Trial trial, int vocabularySize) {
        PretrainingPlan longWarmup = plan(trial, vocabularySize, WARMUP_STEPS);
        int warmup = Math.min(WARMUP_STEPS, longWarmup.iterations() / LEAST_STEPS_PER_WARMUP_STEP);
        return warmup == WARMUP_STEPS ? longWarmup : plan(trial, vocabularySize, warmup);
    }

    private PretrainingPlan plan(Trial trial, int vocabularySize, int warmupSteps) {
        int totalBatch = Math.multiplyExact(rows, model.sequenceLength());
        double undone = Math.sqrt((double) ScalingLaws.REFERENCE_BATCH / totalBatch);
        double flops = trial.flops(this);
        int steps = ScalingLaws.iterationsForFlops(flops, flopsPerToken(trial, vocabularySize), totalBatch);
        if (steps < LEAST_STEPS_PER_WARMUP_STEP) {
            throw BadInputException.about("%s %s is too little: %s would have %d steps. Raise it", new Setting("target_flops"), targetFlops,
                    trial.title(), steps);
        }
        PretrainingOptions options = new PretrainingOptions(model, trial.trained(),
                new PretrainingOptions.Horizon(steps, PretrainingOptions.UNSET, PretrainingOptions.UNSET),
                new PretrainingOptions.BatchSizes(rows, totalBatch),
                OptimizerSettings.DEFAULT.withLearningRatesTimes(SPEEDRUN_RATES * undone * trial.rate()),
                new PretrainingOptions.Warmth(warmupSteps, PretrainingSchedule.DEFAULT_WARMDOWN_RATIO,
                        PretrainingSchedule.DEFAULT_FINAL_LEARNING_RATE_FRACTION),
                new PretrainingOptions.Cadence(Math.ceilDiv(steps, MEASUREMENTS), (long) EVALUATED_BATCHES * totalBatch,
                        PretrainingOptions.UNSET, Math.ceilDiv(steps, SAVES)),
                Packing.BESTFIT, compute, trial.seed());
        return PretrainingPlan.of(options, vocabularySize);
    }

    private long flopsPerToken(Trial trial, int vocabularySize) {
        PretrainingOptions one = new PretrainingOptions(model, trial.trained(),
                new PretrainingOptions.Horizon(1, PretrainingOptions.UNSET, PretrainingOptions.UNSET),
                new PretrainingOptions.BatchSizes(rows, Math.multiplyExact(rows, model.sequenceLength())), OptimizerSettings.DEFAULT,
                new PretrainingOptions.Warmth(0, PretrainingSchedule.DEFAULT_WARMDOWN_RATIO, 0),
                new PretrainingOptions.Cadence(PretrainingOptions.UNSET, 1, PretrainingOptions.UNSET, PretrainingOptions.UNSET),
                Packing.BESTFIT, compute, trial.seed());
        return PretrainingPlan.of(one, vocabularySize).flopsPerToken();
    }

    /// Steps after which the model of a run is kept, to be asked later what it knew by then. The last one is its checkpoint.
    static Set<Integer> snapshots(PretrainingPlan plan) {
        return IntStream.of(1, 2, 4, 6).map(eighths -> plan.iterations() * eighths / 8).filter(step -> step > 0 && step < plan
                .iterations()).boxed().collect(Collectors.toUnmodifiableSet());
    }
}
