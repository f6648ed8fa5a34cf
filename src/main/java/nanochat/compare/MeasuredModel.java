package nanochat.compare;

import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TrainedModel;
import nanochat.data.DocumentSource;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;

/// A trained model for the yardsticks, opened when the first of them asks for it.
final class MeasuredModel implements AutoCloseable {
    private final CheckpointDirectory checkpoints;
    private final int step;
    private final Conditions conditions;
    private final DocumentSource source;
    private final int threads;
    private Optional<Opened> opened = Optional.empty();

    private record Opened(Backend backend, TrainedModel model) {}

    /// @param checkpoints of the model, or its snapshots
    /// @param source the documents that it was trained on, and others held out
    /// @param threads that compute
    MeasuredModel(CheckpointDirectory checkpoints, int step, Conditions conditions, DocumentSource source, int threads) {
        this.checkpoints = checkpoints;
        this.step = step;
        this.conditions = conditions;
        this.source = source;
        this.threads = threads;
    }

    TrainedModel model() {
        if (opened.isEmpty()) {
            Backend backend = Backends.open(Device.CPU, threads, compute());
            opened = Optional.of(new Opened(backend, TrainedModel.load(checkpoints, step, backend, compute())));
        }
        return opened.get().model;
    }

    DType compute() {
        return conditions.compute();
    }

    int threads() {
        return threads;
    }

    Conditions conditions() {
        return conditions;
    }

    DocumentSource source() {
        return source;
    }

    @Override
    public void close() {
        opened.ifPresent(all -> all.backend.close());
    }
}
