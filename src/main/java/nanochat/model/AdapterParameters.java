package nanochat.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;

/// The parameters of a [Tuning] on a backend.
public final class AdapterParameters {
    private final Tuning tuning;
    private final List<ParameterLayout.Entry> layout;
    private final Backend backend;
    private final Map<String, Parameter> byName = new LinkedHashMap<>();
    private final Map<String, Update> updates = new LinkedHashMap<>();
    private final Optional<KeyValuePrefix> prefix;

    /// The update of a matrix W [out, in], which is B A.
    ///
    /// @param a [rank, in]
    /// @param b [out, rank]
    record Update(Parameter a, Parameter b) {}

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
                ? Optional.empty()
                : Optional.of(new KeyValuePrefix(config, backend, tuning.prefixTokens(), OptionalInt.empty(), this::parameter));
        for (ParameterLayout.Entry entry : ParameterLayout.of(config).entries()) {
            Parameter a = byName.get(Tuning.nameOfA(entry.name()));
            Parameter b = byName.get(Tuning.nameOfB(entry.name()));
            if (a != null && b != null) {
                updates.put(entry.name(), new Update(a, b));
            }
        }
    }

    /// What is trained before the text; empty where something else is.
    public Optional<KeyValuePrefix> prefix() {
        return prefix;
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
