package nanochat.train;

import java.util.Optional;
import nanochat.data.TrainingPosition;
import nanochat.eval.HeldOut;

/// Where a run is, beside its weights and the optimizer's moments: with those, everything it needs to go on as if it had never stopped.
///
/// @param <S> where in its data a run can be
/// @param step optimizer steps taken
/// @param loader where the data is
/// @param loss moving average of the training loss, in nats
/// @param trainingSeconds spent in steps
/// @param bitsPerByte of the last validation
/// @param bestBitsPerByte the lowest of all validations
/// @param heldOut of the last validation, where the objective defines no exact bits per byte
public record RunState<S extends TrainingPosition>(int step, S loader, MovingAverage loss, double trainingSeconds,
        Optional<Double> bitsPerByte,
        Optional<Double> bestBitsPerByte, Optional<HeldOut> heldOut) {
    /// Before the first step.
    static <S extends TrainingPosition> RunState<S> beginning(S loader) {
        return new RunState<>(0, loader, MovingAverage.EMPTY, 0, Optional.empty(), Optional.empty(), Optional.empty());
    }

    RunState<S> stepped(double stepLoss, S newLoader, double seconds) {
        return new RunState<>(step + 1, newLoader, loss.plus(stepLoss), trainingSeconds + seconds, bitsPerByte, bestBitsPerByte, heldOut);
    }

    /// The same step, from which the data goes on elsewhere.
    RunState<S> movedTo(S newLoader) {
        return new RunState<>(step, newLoader, loss, trainingSeconds, bitsPerByte, bestBitsPerByte, heldOut);
    }

    RunState<S> evaluated(double newBitsPerByte) {
        double best = Math.min(newBitsPerByte, bestBitsPerByte.orElse(newBitsPerByte));
        return new RunState<>(step, loader, loss, trainingSeconds, Optional.of(newBitsPerByte), Optional.of(best), heldOut);
    }

    RunState<S> evaluated(HeldOut measured) {
        return new RunState<>(step, loader, loss, trainingSeconds, bitsPerByte, bestBitsPerByte, Optional.of(measured));
    }
}
