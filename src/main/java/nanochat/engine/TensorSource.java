package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import nanochat.checkpoint.SafeTensors;
import nanochat.checkpoint.StoredModel;
import nanochat.checkpoint.StoredTensor;
import nanochat.engine.kernel.SourceTensor;
import nanochat.io.BadInputException;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.model.KeyValuePrefix;
import nanochat.tensor.Backend;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tensor;

/// Where the weights come from: a checkpoint, a training run in memory, random numbers.
@FunctionalInterface
public interface TensorSource {
    /// The tensor of this name (docs/formulas.md#parameters).
    ///
    /// @throws nanochat.io.BadInputException when there is none; the message names it
    SourceTensor tensor(String name);

    /// Positions before the text whose keys and values are among the tensors (`transformer.h.0.attn.prefix_k`, `prefix_v`, [positions, kv]).
    default int prefixTokens() {
        return 0;
    }

    /// The token at the last of those positions, where they are a prompt's: smear mixes it into the text's first one.
    default OptionalInt lastPrefixToken() {
        return OptionalInt.empty();
    }

    /// The same with a prefix.
    ///
    /// @param tensors of the model and of the prefix
    static TensorSource withPrefix(int tokens, OptionalInt lastToken, TensorSource tensors) {
        return new TensorSource() {
            @Override
            public SourceTensor tensor(String name) {
                return tensors.tensor(name);
            }

            @Override
            public int prefixTokens() {
                return tokens;
            }

            @Override
            public OptionalInt lastPrefixToken() {
                return lastToken;
            }
        };
    }

    /// A model on a backend with the prefix before it, where it has one.
    static TensorSource of(Gpt gpt) {
        TensorSource model = of(gpt.parameters());
        if (gpt.prefix().isEmpty()) {
            return model;
        }
        KeyValuePrefix prefix = gpt.prefix().get();
        Map<String, Parameter> beside = prefix.all().stream().collect(Collectors.toMap(Parameter::name, Function.identity()));
        return withPrefix(prefix.tokens(), prefix.lastToken(), name -> Optional.ofNullable(beside.get(name)).map(own -> of(own, gpt
                .parameters().backend())).orElseGet(() -> model.tensor(name)));
    }

    /// The parameters of a model on a backend, as they are when they are asked for. Nothing is copied where they are in the memory of this process.
    static TensorSource of(GptParameters parameters) {
        return name -> of(parameters.named(name), parameters.backend());
    }

    private static SourceTensor of(Parameter parameter, Backend backend) {
        Tensor value = parameter.value();
        backend.finish();
        if (value.memory() instanceof HostMemory(MemorySegment segment)) {
            return new SourceTensor(parameter.name(), segment.asSlice(0, value.bytes()), value.shape());
        }
        MemorySegment copy = Arena.ofAuto().allocate(value.bytes(), Float.BYTES);
        backend.copyOut(value, copy);
        return new SourceTensor(parameter.name(), copy, value.shape());
    }

    /// The tensors of a stored model; those of another floating-point type are converted.
    static TensorSource of(StoredModel model) {
        return withPrefix(model.prefixTokens(), model.lastPrefixToken(), name -> of(model.tensor(name)));
    }

    /// The tensors of a file; those of another floating-point type are converted.
    static TensorSource of(SafeTensors file) {
        return name -> of(file.tensor(name));
    }

    private static SourceTensor of(StoredTensor stored) {
        int[] shape = stored.shape().stream().mapToInt(Math::toIntExact).toArray();
        return switch (stored.type()) {
            case F32 -> new SourceTensor(stored.name(), stored.data(), shape);
            case F64, F16, BF16 -> new SourceTensor(stored.name(), MemorySegment.ofArray(stored.toFloats()), shape);
            case I64, I32, U8 -> throw new BadInputException("The tensor " + stored.name() + " of the model is " + stored.type()
                    + ", expected floating-point numbers");
        };
    }
}
