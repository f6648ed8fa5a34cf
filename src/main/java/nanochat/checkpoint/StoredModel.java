package nanochat.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;
import nanochat.model.KeyValuePrefix;
import nanochat.model.Tuning;
import nanochat.objective.ObjectiveChoice;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tensor;
import nanochat.tokenizer.Tokenizer;

/// The model of a checkpoint, open for reading.
///
/// @param config its shape
/// @param objective what it predicts from what
/// @param tokenizer the one it was trained with
/// @param parameters the file of its tensors, closed with this
/// @param adapter what was trained beside it, closed with this; its updates are merged into what [#tensor] and [#readInto] give
/// @param prompt tokens behind whose keys and values it was trained, and answers; most have none
public record StoredModel(GptConfig config, ObjectiveChoice objective, Tokenizer tokenizer, SafeTensors parameters,
        Optional<StoredAdapter> adapter, List<Integer> prompt) implements AutoCloseable {
    /// Opens the checkpoint of a step, of a model that writes text from left to right.
    ///
    /// @throws BadInputException when there is none, or it is of another kind, or its files do not fit together, or another run replaces it
    /// meanwhile
    public static StoredModel open(CheckpointDirectory checkpoints, int step) {
        StoredModel stored = openAny(checkpoints, step);
        try {
            stored.objective.checkWritesOn();
            return stored;
        } catch (BadInputException cannot) {
            stored.close();
            throw cannot;
        }
    }

    /// Opens the checkpoint of a step, whatever its model was trained with. That of an adapter opens the model that it belongs to, and both are one.
    ///
    /// @throws BadInputException when there is none, or its files do not fit together, or another run replaces it meanwhile, or an adapter's model is
    /// not there any more
    public static StoredModel openAny(CheckpointDirectory checkpoints, int step) {
        String identity = checkpoints.identity(step);
        ModelMeta meta = checkpoints.readMeta(step, ModelMeta.class);
        if (meta.adapter().isPresent()) {
            return openBeside(meta, meta.adapter().get(), checkpoints, step, identity);
        }
        TokenizerCopy tokenizer = TokenizerCopy.load(checkpoints.folder(), meta.tokenizerSha256(), meta.vocabularySize());
        SafeTensors parameters = checkpoints.openModel(step);
        try {
            // What is open stays what it is, whatever happens to its name.
            checkpoints.checkIdentity(step, identity, "try again");
            Generation generation = Generation.of(parameters::contains);
            return new StoredModel(meta.modelConfig().toConfig(generation), meta.objective(), tokenizer.tokenizer(), parameters,
                    Optional.empty(), meta.prompt());
        } catch (RuntimeException unsound) {
            parameters.close();
            throw unsound;
        }
    }

    private static StoredModel openBeside(ModelMeta meta, Adapter adapter, CheckpointDirectory checkpoints, int step, String identity) {
        ModelChoice model = adapter.model(checkpoints);
        StoredModel base = openAny(model.checkpoints(), model.step());
        try {
            StoredAdapter own = StoredAdapter.open(checkpoints, step, adapter.tuning(), base.config);
            checkpoints.checkIdentity(step, identity, "try again");
            return new StoredModel(base.config, meta.objective(), base.tokenizer, base.parameters, Optional.of(own), meta.prompt());
        } catch (RuntimeException unsound) {
            base.close();
            throw unsound;
        }
    }

    /// A tensor as the model reads it: an adapter's update is in it.
    ///
    /// @throws BadInputException when there is none of this name
    public StoredTensor tensor(String name) {
        if (adapter.isPresent() && adapter.get().tensors().contains(name)) {
            return adapter.get().tensors().tensor(name);
        }
        StoredTensor stored = parameters.tensor(name);
        return adapter.flatMap(own -> own.merged(stored)).orElse(stored);
    }

    /// The names of all tensors, those of a prompt among them.
    public List<String> names() {
        List<String> names = new ArrayList<>(parameters.names());
        adapter.ifPresent(own -> own.tensors().names().stream().filter(Tuning::isOfPrefix).forEach(names::add));
        return names;
    }

    /// Fills tensors with those of the model, which must have these and no others, see [StoredTensors#read]; an adapter's updates are in them.
    public void readInto(Backend backend, Map<String, Tensor> tensors) {
        StoredTensors.read(parameters, backend, tensors, Tuning::isOfPrefix);
        adapter.ifPresent(own -> tensors.forEach((name, tensor) -> own.merged(parameters.tensor(name))
                .ifPresent(sum -> backend.copyIn(tensor, sum.data()))));
    }

    /// Positions before the text whose keys and values are stored, an adapter's or those of a prompt.
    public int prefixTokens() {
        return prompt.isEmpty() ? adapter.map(own -> own.tuning().prefixTokens()).orElse(0) : prompt.size();
    }

    /// The token at the last of them, where they are a prompt's.
    public OptionalInt lastPrefixToken() {
        return prompt.isEmpty() ? OptionalInt.empty() : OptionalInt.of(prompt.getLast());
    }

    /// Their keys and values on a backend; empty where there are none.
    Optional<KeyValuePrefix> prefix(Backend backend, DType compute) {
        if (prefixTokens() == 0) {
            return Optional.empty();
        }
        KeyValuePrefix prefix = KeyValuePrefix.of(config, prefixTokens(), lastPrefixToken(), backend, compute);
        for (Parameter parameter : prefix.all()) {
            backend.write(parameter.value(), tensor(parameter.name()).toFloats());
        }
        prefix.refresh();
        return Optional.of(prefix);
    }

    /// Whether there is an adapter beside it.
    public boolean isAdapted() {
        return adapter.isPresent();
    }

    @Override
    public void close() {
        adapter.ifPresent(StoredAdapter::close);
        parameters.close();
    }
}
