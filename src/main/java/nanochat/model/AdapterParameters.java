package nanochat.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;

/// The parameters of a [Tuning] on a backend.
public final class AdapterParameters {
    private final Tuning tuning;
    private final List<ParameterLayout.Entry> layout;
    private final Backend backend;
    private final Map<String, Parameter> byName = new LinkedHashMap<>();
    private final Map<String, Update> updates = new LinkedHashMap<>();
    private final List<KeysAndValues> prefix;

    /// The update of a matrix W [out, in], which is B A.
    ///
    /// @param a [rank, in]
    /// @param b [out, rank]
    record Update(Parameter a, Parameter b) {}

    /// What a layer sees before the text.
    ///
    /// @param keys after rotation and norm, [prefix tokens, kv]
    /// @param values with what a value embedding would add, [prefix tokens, kv]
    record KeysAndValues(Parameter keys, Parameter values) {}

    /// Allocates them, zero. [#initialize] or a checkpoint fills them.
    ///
    /// @param compute what matrix products read, F32 or BF16
    /// @param trained whether they have gradients
    public AdapterParameters(Tuning tuning, GptConfig config, Backend backend, DType compute, boolean trained) {
        this.tuning = tuning;
        this.layout = tuning.layout(config);
        this.backend = backend;
        for (ParameterLayout.Entry entry : layout) {
            byName.put(entry.name(), Parameter.allocateAll(backend, List.of(entry.name()), compute, trained, entry.shape()).getFirst());
        }
        prefix = tuning.prefixTokens() == 0
                ? List.of()
                : IntStream.range(0, config.layers()).mapToObj(ParameterNames::block).map(block -> new KeysAndValues(parameter(Tuning
                        .nameOfKeys(block)), parameter(Tuning.nameOfValues(block)))).toList();
        for (ParameterLayout.Entry entry : ParameterLayout.of(config).entries()) {
            Parameter a = byName.get(Tuning.nameOfA(entry.name()));
            Parameter b = byName.get(Tuning.nameOfB(entry.name()));
            if (a != null && b != null) {
                updates.put(entry.name(), new Update(a, b));
            }
        }
    }

    /// Of a layer; empty where there is no prefix.
    Optional<KeysAndValues> prefix(int layer) {
        return prefix.isEmpty() ? Optional.empty() : Optional.of(prefix.get(layer));
    }

    /// Starts a prefix as what a model makes of the first tokens of a text.
    ///
    /// @param model without the adapter
    /// @param text at least as many tokens as the prefix has
    public void initializeAs(Gpt model, int[] text) {
        int count = tuning.prefixTokens();
        Tensor ids = backend.allocate(DType.I32, count);
        backend.write(ids, Arrays.copyOf(text, count));
        Map<String, Parameter> places = new HashMap<>();
        for (int layer = 0; layer < prefix.size(); layer++) {
            places.put(Places.Block.of(layer).keys(), prefix.get(layer).keys);
            places.put(Places.Block.of(layer).values(), prefix.get(layer).values);
        }
        Tape tape = new Tape(backend, byName.values().iterator().next().compute().dtype(), (place, value) -> {
            Parameter parameter = places.get(place);
            if (parameter != null) {
                backend.convert(parameter.value(), value);
            }
        });
        model.hidden(tape, ids, 1, count);
        tape.clear();
        refresh();
    }

    public Tuning tuning() {
        return tuning;
    }

    private Parameter parameter(String name) {
        return Objects.requireNonNull(byName.get(name));
    }

    /// In the order of the layout.
    public List<Parameter> all() {
        return List.copyOf(byName.values());
    }

    /// The matrices A of updates of low rank.
    public List<Parameter> firstFactors() {
        return updates.values().stream().map(Update::a).toList();
    }

    /// The matrices B.
    public List<Parameter> secondFactors() {
        return updates.values().stream().map(Update::b).toList();
    }

    /// Starts them: the model is then what it is without them.
    public void initialize(long seed) {
        layout.forEach(entry -> backend.write(parameter(entry.name()).value(), entry.initialValues(seed)));
        refresh();
    }

    /// Brings what products read up to date with the values.
    public void refresh() {
        all().forEach(parameter -> parameter.refresh(backend));
    }

    /// Of the matrix of this name, where it has one.
    Optional<Update> update(Parameter matrix) {
        return Optional.ofNullable(updates.get(matrix.name()));
    }
}
