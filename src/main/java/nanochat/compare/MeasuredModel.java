package nanochat.compare;

import java.util.Optional;
import java.util.function.Function;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.TrainedModel;
import nanochat.data.DocumentSource;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.objective.ObjectiveChoice;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.PretrainingPlan;

/// A model for the yardsticks, opened when the first of them asks for it.
final class MeasuredModel implements AutoCloseable {
    private final Comparison.Setup setup;
    private final ObjectiveChoice objective;
    private final Function<Backend, TrainedModel> opener;
    private Optional<Opened> opened = Optional.empty();

    private record Opened(Backend backend, TrainedModel model) {}

    private MeasuredModel(Comparison.Setup setup, ObjectiveChoice objective, Function<Backend, TrainedModel> opener) {
        this.setup = setup;
        this.objective = objective;
        this.opener = opener;
    }

    /// @param checkpoints of the model, or its snapshots
    static MeasuredModel of(Comparison.Setup setup, ObjectiveChoice objective, CheckpointDirectory checkpoints, int step) {
        return new MeasuredModel(setup, objective, backend -> TrainedModel.load(checkpoints, step, backend, setup.conditions().compute()));
    }

    /// As a run begins: what the yardsticks say of a model that has learned nothing.
    static MeasuredModel untrained(Comparison.Setup setup, PretrainingPlan plan, Tokenizer tokenizer) {
        return new MeasuredModel(setup, plan.objective(), backend -> {
            GptParameters parameters = new GptParameters(plan.config(), backend, plan.compute(), false);
            parameters.initialize(plan.seed());
            return new TrainedModel(new Gpt(parameters), plan.objective(), tokenizer);
        });
    }

    TrainedModel model() {
        if (opened.isEmpty()) {
            Backend backend = Backends.open(Device.CPU, threads(), compute());
            opened = Optional.of(new Opened(backend, opener.apply(backend)));
        }
        return opened.get().model;
    }

    ObjectiveChoice objective() {
        return objective;
    }

    DType compute() {
        return setup.conditions().compute();
    }

    int threads() {
        return setup.threads();
    }

    Conditions conditions() {
        return setup.conditions();
    }

    DocumentSource source() {
        return setup.source();
    }

    @Override
    public void close() {
        opened.ifPresent(all -> all.backend.close());
    }
}
