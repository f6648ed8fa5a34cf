package nanochat.explain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.StoredModel;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;

/// The same subject again and again, for who explains more than once: what an explanation computes stays in its subject's memory until that is closed.
/// For one thread.
public final class Subjects {
    private final Optional<ModelChoice> choice;
    private final List<String> documents;
    private final int threads;
    private Optional<Tiny> tiny = Optional.empty();

    /// The model that was made on the spot, outside of any backend.
    private record Tiny(Tokenizer tokenizer, GptConfig config, Map<String, float[]> values) {}

    private Subjects(Optional<ModelChoice> choice, List<String> documents, int threads) {
        this.choice = choice;
        this.documents = List.copyOf(documents);
        this.threads = threads;
    }

    /// Of a checkpoint.
    ///
    /// @param documents of the reader's own, or none
    public static Subjects of(ModelChoice choice, List<String> documents, int threads) {
        return new Subjects(Optional.of(choice), documents, threads);
    }

    /// Of a tiny model that is trained once, when the first subject is opened.
    public static Subjects tiny(List<String> documents, int threads) {
        return new Subjects(Optional.empty(), documents, threads);
    }

    /// What they are called, in words.
    public String name(Messages messages) {
        return Subject.name(choice, messages);
    }

    /// The shape of their model.
    ///
    /// @throws nanochat.io.BadInputException when there is no such checkpoint
    public GptConfig config() {
        if (choice.isEmpty()) {
            return TinyModel.config();
        }
        try (StoredModel stored = StoredModel.open(choice.get().checkpoints(), choice.get().step())) {
            return stored.config();
        }
    }

    /// Opens one.
    ///
    /// @throws nanochat.io.BadInputException when there is no such checkpoint, or its files do not fit together
    public Subject open() {
        return choice.map(model -> Subject.of(model, documents, threads)).orElseGet(this::openTiny);
    }

    private Subject openTiny() {
        if (tiny.isEmpty()) {
            tiny = Optional.of(train());
        }
        Tiny kept = tiny.get();
        Backend backend = Backends.open(Device.CPU, threads, DType.F32);
        GptParameters parameters = new GptParameters(kept.config, backend, DType.F32, true);
        parameters.all().forEach(parameter -> backend.write(parameter.value(), kept.values.getOrDefault(parameter.name(), new float[0])));
        parameters.refresh();
        return new Subject(backend, kept.tokenizer, parameters, Optional.empty(), documents, threads);
    }

    private Tiny train() {
        try (Subject made = Subject.tiny(documents, TinyModel.THREADS)) {
            Map<String, float[]> values = new LinkedHashMap<>();
            made.parameters().all().forEach(parameter -> values.put(parameter.name(), made.backend().read(parameter.value())));
            return new Tiny(made.tokenizer(), made.config(), values);
        }
    }
}
