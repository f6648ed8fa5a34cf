package nanochat.explain;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.StoredModel;
import nanochat.checkpoint.StoredTensors;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.WeightFormat;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// What an explanation is shown on: a model with its tokenizer, and the reader's own documents. All computing is in f32, so that what is equal is
/// equal bit for bit. For one thread.
public final class Subject implements AutoCloseable {
    /// Room for a text and what follows it, also where a model was trained on shorter rows.
    private static final int SHORTEST_CONTEXT = 256;

    private final Backend backend;
    private final Tokenizer tokenizer;
    private final GptParameters parameters;
    private final Optional<ModelChoice> choice;
    private final List<String> documents;
    private final int threads;
    private Optional<Engine> engine = Optional.empty();

    Subject(Backend backend, Tokenizer tokenizer, GptParameters parameters, Optional<ModelChoice> choice, List<String> documents,
            int threads) {
        this.backend = backend;
        this.tokenizer = tokenizer;
        this.parameters = parameters;
        this.choice = choice;
        this.documents = List.copyOf(documents);
        this.threads = threads;
    }

    /// The model of a checkpoint.
    ///
    /// @param documents of the reader's own, or none
    /// @throws nanochat.io.BadInputException when there is no such checkpoint, or its files do not fit together
    public static Subject of(ModelChoice choice, List<String> documents, int threads) {
        try (StoredModel stored = StoredModel.open(choice.checkpoints(), choice.step())) {
            if (stored.prefixTokens() > 0) {
                throw new BadInputException(choice
                        + " answers behind keys and values that it does not compute (docs/tuning.md), and what it"
                        + " makes of them cannot be shown: explain a model without a prefix or a frozen prompt");
            }
            Backend backend = Backends.open(Device.CPU, threads, DType.F32);
            GptParameters parameters = new GptParameters(stored.config(), backend, DType.F32, true);
            stored.readInto(backend, StoredTensors.values(parameters));
            parameters.refresh();
            return new Subject(backend, stored.tokenizer(), parameters, Optional.of(choice), documents, threads);
        }
    }

    /// A tiny model, made on the spot in a few seconds: the same every time.
    public static Subject tiny(List<String> documents, int threads) {
        Backend backend = Backends.open(Device.CPU, threads, DType.F32);
        TinyModel tiny = TinyModel.train(backend);
        return new Subject(backend, tiny.tokenizer(), tiny.parameters(), Optional.empty(), documents, threads);
    }

    /// In words, such as `d4 (fine-tuning, step 300)`.
    public String name(Messages messages) {
        return name(choice, messages);
    }

    static String name(Optional<ModelChoice> choice, Messages messages) {
        return choice.map(model -> messages.text("subject.model", model.checkpoints().tag(), messages.text("stage." + model.stage().name()
                .toLowerCase(Locale.ROOT)), model.step())).orElseGet(() -> messages.text("subject.tiny"));
    }

    /// Where the model comes from; nothing where it was made on the spot.
    public Optional<ModelChoice> choice() {
        return choice;
    }

    /// Which model it is; nothing where it was made on the spot.
    Optional<ModelIdentity> identity() {
        return choice.map(model -> ModelIdentity.of(model.checkpoints(), model.step()));
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    public GptConfig config() {
        return parameters.config();
    }

    /// With gradients, which are zero until somebody adds to them.
    public GptParameters parameters() {
        return parameters;
    }

    public Backend backend() {
        return backend;
    }

    /// The reader's own documents; empty where there are none.
    public List<String> documents() {
        return documents;
    }

    /// A text as a row begins: bos, and tokens of the text, so many in all at most.
    public int[] row(String text, int most) {
        return IntStream.concat(IntStream.of(tokenizer.id(SpecialToken.BOS)), Arrays.stream(tokenizer.encode(text))).limit(most).toArray();
    }

    public int threads() {
        return threads;
    }

    /// An engine on the same weights, made when first asked for.
    public Engine engine() {
        if (engine.isEmpty()) {
            engine = Optional.of(Engine.of(parameters, Optional.of(tokenizer), EngineOptions.of(WeightFormat.F32, threads)
                    .withContext(Math.max(config().sequenceLength(), SHORTEST_CONTEXT))));
        }
        return engine.get();
    }

    @Override
    public void close() {
        engine.ifPresent(Engine::close);
        backend.close();
    }
}
