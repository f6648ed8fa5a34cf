package nanochat.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.data.BuiltInDocuments;
import nanochat.data.Packing;
import nanochat.optim.OptimizerSettings;
import nanochat.task.ConversationPosition;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;

/// Runs of fine-tuning on one thread, watched and stopped where a test wants it.
final class FinetuningRuns {
    /// Steps of [#pretrain].
    static final int BASE_STEPS = 4;

    private FinetuningRuns() {
    }

    /// A new run, or one that goes on.
    ///
    /// @param events gets what the run tells
    /// @param afterStep hears of every step that was taken
    static RunState<ConversationPosition> run(Finetuning.Setup setup, Optional<Integer> resumeFrom, StopSignal stop, List<RunEvent> events,
            IntConsumer afterStep) {
        RunListener listener = listener(events, afterStep);
        try (Backend backend = Backends.open(Device.CPU, 1, setup.plan().compute());
                Finetuning finetuning = resumeFrom.isPresent()
                        ? Finetuning.resume(setup, resumeFrom.get(), backend, listener, stop)
                        : Finetuning.start(setup, backend, listener, stop)) {
            return finetuning.run();
        }
    }

    /// Keeps what a run tells, and passes on which steps were taken.
    static RunListener listener(List<RunEvent> events, IntConsumer afterStep) {
        return event -> {
            events.add(event);
            if (event instanceof RunEvent.Stepped stepped) {
                afterStep.accept(stepped.step());
            }
        };
    }

    /// A model of two layers to begin with, after four steps.
    static void pretrain(CheckpointDirectory made, Tokenizer tokenizer, int context, long seed) {
        PretrainingOptions options = new PretrainingOptions(new PretrainingOptions.ModelDials(2, 16, 16, context, "SL"),
                new PretrainingOptions.Horizon(BASE_STEPS, -1, -1), new PretrainingOptions.BatchSizes(2, 4 * context),
                OptimizerSettings.DEFAULT.withLearningRatesTimes(20), new PretrainingOptions.Warmth(2, 0.5, 0.1),
                new PretrainingOptions.Cadence(-1, 200, -1, -1), Packing.BESTFIT, DType.F32, seed);
        Pretraining.Setup setup = new Pretraining.Setup(PretrainingPlan.of(options, tokenizer.vocabularySize()), new BuiltInDocuments(3),
                tokenizer, made, Map.of());
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32);
                Pretraining run = Pretraining.start(setup, backend, event -> {}, new StopSignal())) {
            run.run();
        }
    }

    /// A file of a hundred short conversations.
    static Path conversations(Path folder) throws IOException {
        return Files.write(folder.resolve("mine.jsonl"), IntStream.range(0, 100).mapToObj(i -> "[{\"role\":\"user\",\"content\":\"q%d\"},"
                .formatted(i) + "{\"role\":\"assistant\",\"content\":\"a%d\"}]".formatted(i)).toList());
    }
}
