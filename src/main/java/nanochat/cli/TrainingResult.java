package nanochat.cli;

import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.eval.HeldOut;
import nanochat.io.ProcessMemory;
import nanochat.train.RunPlan;
import nanochat.train.RunState;

/// What a command that trains says at its end: the last line of `--json`.
///
/// @param finalLoss moving average over the last steps, in nats a target; empty before the first step
/// @param bitsPerByte of the last validation
/// @param heldOut of the last validation, where the objective defines no exact bits per byte
/// @param steps taken since the run began
/// @param seconds this command took
/// @param peakBytes the most memory that the process had; empty where the system does not tell
/// @param iterations steps of the whole run
/// @param trainingSeconds spent in steps since the run began, interruptions left out
/// @param checkpoint the folder in which the model is saved
record TrainingResult(Optional<Double> finalLoss, Optional<Double> bitsPerByte, Optional<HeldOut> heldOut, int steps, double seconds,
        Optional<Long> peakBytes,
        int iterations, double trainingSeconds, String checkpoint) {
    /// @param began `System.nanoTime()` when the command did
    static TrainingResult of(RunPlan plan, RunState<?> state, CheckpointDirectory checkpoints, long began) {
        return new TrainingResult(Optional.of(state.loss().value()).filter(Double::isFinite), state.bitsPerByte(), state.heldOut(), state
                .step(),
                (System.nanoTime() - began) / 1e9, ProcessMemory.peakBytes(), plan.iterations(), state.trainingSeconds(),
                checkpoints.folder().toString());
    }
}
