package nanochat.train;

import java.util.List;
import java.util.Map;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.eval.BitsPerByte;
import nanochat.eval.HeldOut;
import nanochat.io.Machine;
import nanochat.io.ProcessMemory;
import nanochat.io.Version;
import nanochat.model.GptConfigFields;
import nanochat.optim.ScheduleValues;
import nanochat.tensor.Backend;

/// Tells what happens in a run, to the metrics beside its checkpoints and to whoever listens.
final class RunJournal implements AutoCloseable {
    private final RunPlan plan;
    private final long flopsPerToken;
    private final MetricsLog metrics;
    private final List<RunListener> listeners;
    private MovingAverage stepSeconds = MovingAverage.EMPTY;

    /// Of a run that begins, or goes on, after step `step`.
    RunJournal(RunPlan plan, CheckpointDirectory checkpoints, int step, RunListener listener) {
        this.plan = plan;
        flopsPerToken = plan.flopsPerToken();
        metrics = MetricsLog.of(checkpoints.folder(), step);
        listeners = List.of(metrics, listener);
    }

    void tell(RunEvent event) {
        listeners.forEach(listener -> listener.on(event));
    }

    /// @param options as the user gave them, by name
    void started(int step, Backend backend, Map<String, String> options) {
        tell(new RunEvent.Started(step, Version.current().toString(), Machine.current(), backend.description(),
                GptConfigFields.of(plan.config()), plan, options));
    }

    /// The step that led to `state`.
    ///
    /// @param loss of this step alone
    /// @param tokens that it had
    void stepped(RunState<?> state, double loss, ScheduleValues schedule, double seconds, long tokens) {
        stepSeconds = stepSeconds.plus(seconds);
        double tokensPerSecond = tokens / seconds;
        tell(new RunEvent.Stepped(state.step() - 1, loss, state.loss().value(), schedule.learningRateMultiplier(), 1000 * seconds,
                tokensPerSecond, flopsPerToken * tokensPerSecond / 1e9, state.loader().epoch(), state.trainingSeconds(),
                stepSeconds.value() * (plan.iterations() - state.step()), ProcessMemory.bytes()));
    }

    void evaluated(int step, BitsPerByte result, double seconds) {
        tell(new RunEvent.Evaluated(step, result.value(), result.tokens(), result.bytes(), seconds));
    }

    void evaluated(int step, HeldOut heldOut, BitsPerByte sums, double seconds) {
        tell(new RunEvent.ValidatedOtherwise(step, heldOut, sums.tokens(), sums.bytes(), seconds));
    }

    /// Seconds since `System.nanoTime()` was `began`.
    static double secondsSince(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    @Override
    public void close() {
        metrics.close();
    }
}
