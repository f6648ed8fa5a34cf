package nanochat.train;

import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import nanochat.task.ConversationPosition;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.Device;

/// Runs of fine-tuning on one thread, watched and stopped where a test wants it.
final class FinetuningRuns {
    private FinetuningRuns() {
    }

    /// A new run, or one that goes on.
    ///
    /// @param events gets what the run tells
    /// @param afterStep hears of every step that was taken
    static RunState<ConversationPosition> run(Finetuning.Setup setup, Optional<Integer> resumeFrom, StopSignal stop, List<RunEvent> events,
            IntConsumer afterStep) {
        RunListener listener = event -> {
            events.add(event);
            if (event instanceof RunEvent.Stepped stepped) {
                afterStep.accept(stepped.step());
            }
        };
        try (Backend backend = Backends.open(Device.CPU, 1, setup.plan().compute());
                Finetuning finetuning = resumeFrom.isPresent()
                        ? Finetuning.resume(setup, resumeFrom.get(), backend, listener, stop)
                        : Finetuning.start(setup, backend, listener, stop)) {
            return finetuning.run();
        }
    }
}
