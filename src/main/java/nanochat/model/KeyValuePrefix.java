package nanochat.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// Keys and values of positions before the text, in every layer: trained ones that no token ever had (docs/tuning.md#prefixes), or those of a prompt, which
/// stay what they were when they were read (docs/tuning.md#frozen-prompts). They stand at the first positions, the text behind them.
public final class KeyValuePrefix {
    private final GptConfig config;
    private final Backend backend;
    private final int tokens;
    private final OptionalInt lastToken;
    private final List<KeysAndValues> layers;
    private final Map<Integer, Tensor> inEveryRow = new HashMap<>();
    private final Map<Integer, Tensor> lastTokens = new HashMap<>();

    /// What a layer sees before the text.
    ///
    /// @param keys after rotation and norm, [tokens, kv]
    /// @param values with what a value embedding adds, [tokens, kv]
    record KeysAndValues(Parameter keys, Parameter values) {}

    /// @param tokens how many positions
    /// @param lastToken the token of the last of them, which smear mixes into the text's first one; empty where no tokens stand behind the numbers
    /// @param parameters by name
    KeyValuePrefix(GptConfig config, Backend backend, int tokens, OptionalInt lastToken, Function<String, Parameter> parameters) {
        this.config = config;
        this.backend = backend;
        this.tokens = tokens;
        this.lastToken = lastToken;
        this.layers = IntStream.range(0, config.layers()).mapToObj(ParameterNames::block).map(block -> new KeysAndValues(parameters.apply(
                Tuning.nameOfKeys(block)), parameters.apply(Tuning.nameOfValues(block)))).toList();
    }

    /// Those that are not trained, zero; [#initializeAs] or a checkpoint fills them.
    ///
    /// @param compute the type of activations, F32 or BF16
    public static KeyValuePrefix of(GptConfig config, int tokens, OptionalInt lastToken, Backend backend, DType compute) {
        return new KeyValuePrefix(config, backend, tokens, lastToken, name -> Parameter.allocateAll(backend, List.of(name), compute, false,
                tokens, config.kvWidth()).getFirst());
    }

    /// Becomes what a model makes of the first tokens of a text.
    ///
    /// @param model without a prefix
    /// @param text at least as many tokens as this has
    public void initializeAs(Gpt model, int[] text) {
        Tensor ids = backend.allocate(DType.I32, tokens);
        backend.write(ids, Arrays.copyOf(text, tokens));
        Map<String, Parameter> places = new HashMap<>();
        for (int layer = 0; layer < layers.size(); layer++) {
            places.put(Places.Block.of(layer).keys(), layers.get(layer).keys);
            places.put(Places.Block.of(layer).values(), layers.get(layer).values);
        }
        Tape tape = new Tape(backend, layers.getFirst().keys.compute().dtype(), (place, value) -> {
            Parameter parameter = places.get(place);
            if (parameter != null) {
                backend.convert(parameter.value(), value);
            }
        });
        model.hidden(tape, ids, 1, tokens);
        tape.clear();
        refresh();
    }

    public int tokens() {
        return tokens;
    }

    /// The token at the last position, where tokens stand there.
    public OptionalInt lastToken() {
        return lastToken;
    }

    /// Layer by layer, keys before values.
    public List<Parameter> all() {
        List<Parameter> all = new ArrayList<>();
        layers.forEach(layer -> all.addAll(List.of(layer.keys, layer.values)));
        return all;
    }

    /// Brings what passes read up to date with the values.
    public void refresh() {
        all().forEach(parameter -> parameter.refresh(backend));
    }

    /// How a layer's positions look at one another and at this before them: windows pass over it as over tokens.
    ///
    /// @param seen without it
    Gpt.Attending attending(int layer, int batch, int length, Visibility seen) {
        if (!(seen instanceof Visibility.Causal(int window))) {
            throw new IllegalArgumentException("a prefix before a text that is not read from left to right: " + seen);
        }
        KeysAndValues before = layers.get(layer);
        boolean learned = before.keys.isTrained();
        int size = learned ? tokens : Math.min(tokens, window); // what no token of the text sees need not be there
        AttentionShape shape = new AttentionShape(batch, length, config.heads(), config.kvHeads(), config.headSize(),
                new Visibility.AfterMemory(size, learned, window));
        return (tape, q, k, v) -> tape.attention(q, behind(tape, before.keys, size, k, batch), behind(tape, before.values, size, v, batch),
                shape);
    }

    /// In each of `batch` rows the last `size` of these keys or values, and the row's own behind them.
    private Variable behind(Tape tape, Parameter first, int size, Variable own, int batch) {
        if (!first.isTrained()) {
            Tensor all = first.compute();
            long rowBytes = (long) all.columns() * all.dtype().bytes();
            return tape.afterSharedMemory(new Tensor(all.dtype(), all.memory().slice((tokens - size) * rowBytes, size * rowBytes), size, all
                    .columns()), own, batch);
        }
        Tensor positions = inEveryRow.computeIfAbsent(batch, rows -> numbers(IntStream.range(0, rows * tokens).map(i -> i % tokens)));
        return tape.afterMemory(tape.embedding(first, positions), own, batch);
    }

    /// The last token `batch` times; empty where no tokens stand behind the numbers.
    Optional<Tensor> lastTokens(int batch) {
        return lastToken.isEmpty()
                ? Optional.empty()
                : Optional.of(lastTokens.computeIfAbsent(batch, rows -> numbers(IntStream.generate(lastToken::getAsInt).limit(rows))));
    }

    private Tensor numbers(IntStream values) {
        int[] array = values.toArray();
        Tensor tensor = backend.allocate(DType.I32, array.length);
        backend.write(tensor, array);
        return tensor;
    }
}
