package nanochat.explain;

import java.util.function.IntFunction;
import nanochat.optim.PretrainingSchedule;
import nanochat.optim.ScheduleValues;
import nanochat.train.FinetuningPlan;
import nanochat.train.PreferencePlan;
import nanochat.train.PretrainingPlan;
import nanochat.train.ReinforcementPlan;
import nanochat.train.RunPlan;

/// How learning rate, momentum and weight decay go over a run.
///
/// @param iterations steps of the run
/// @param at everything for a step
record RunSchedule(int iterations, IntFunction<ScheduleValues> at) {
    static RunSchedule of(RunPlan plan) {
        return switch (plan) {
            case PretrainingPlan run -> of(run.schedule());
            case FinetuningPlan run -> new RunSchedule(run.iterations(), run.schedule()::at);
            case ReinforcementPlan run -> new RunSchedule(run.iterations(), run.schedule()::at);
            case PreferencePlan run -> new RunSchedule(run.iterations(), run.schedule()::at);
        };
    }

    static RunSchedule of(PretrainingSchedule schedule) {
        return new RunSchedule(schedule.iterations(), schedule::at);
    }

    ScheduleValues valuesAt(int step) {
        return at.apply(step);
    }
}
