package nanochat.train;

import java.util.Optional;

/// Where a run is, beside its weights and the optimizer's moments: with those, everything it needs to go on as if it had never stopped.
///
/// @param <D> where in its data a run can be
/// @param step optimizer steps taken
/// @param loader where the data is
/// @param loss moving average of the training loss, in nats
/// @param trainingSeconds spent in steps
/// @param bitsPerByte of the last validation
/// @param bestBitsPerByte the lowest of all validations
public record RunState<D>(int step, D loader, MovingAverage loss, double trainingSeconds, Optional<Double> bitsPerByte,
        Optional<Double> bestBitsPerByte) {
    /// Before the first step.
    static <D> RunState<D> beginning(D loader) {
        return new RunState<>(0, loader, MovingAverage.EMPTY, 0, Optional.empty(), Optional.empty());
    }

    /// Whether something that is done every so many steps is done now; where `every` is not above 0, never.
    boolean isDue(int every) {
        return every > 0 && step % every == 0;
    }

    RunState<D> stepped(double stepLoss, D newLoader, double seconds) {
        return new RunState<>(step + 1, newLoader, loss.plus(stepLoss), trainingSeconds + seconds, bitsPerByte, bestBitsPerByte);
    }

    RunState<D> evaluated(double newBitsPerByte) {
        double best = Math.min(newBitsPerByte, bestBitsPerByte.orElse(newBitsPerByte));
        return new RunState<>(step, loader, loss, trainingSeconds, Optional.of(newBitsPerByte), Optional.of(best));
    }
}
