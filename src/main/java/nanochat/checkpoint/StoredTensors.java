package nanochat.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;
import nanochat.io.BadInputException;
import nanochat.model.GptParameters;
import nanochat.model.ParameterNames;
import nanochat.tensor.Backend;
import nanochat.tensor.Bfloat16;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tensor;

/// Tensors between a backend and safetensors files, by name, such as a model's values or an optimizer's state.
public final class StoredTensors {
    private static final ValueLayout.OfShort BF16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final List<String> NOT_FOR_EVERYBODY = List.of(ParameterNames.HEADS, ParameterNames.TEACHER, ParameterNames.MEMORY);

    private StoredTensors() {
    }

    /// The values of a model by name.
    public static SequencedMap<String, Tensor> values(GptParameters parameters) {
        return values(parameters.all());
    }

    /// Those of parameters by name.
    public static SequencedMap<String, Tensor> values(List<Parameter> parameters) {
        SequencedMap<String, Tensor> values = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            values.put(parameter.name(), parameter.value());
        }
        return values;
    }

    /// The tensors as a file holds them. Waits for the backend; memory of this process is not copied, that of a device is copied into
    /// `arena`. To be written before anything changes them.
    public static List<StoredTensor> of(Backend backend, SequencedMap<String, Tensor> tensors, Arena arena) {
        backend.finish();
        return tensors.entrySet().stream()
                .map(entry -> new StoredTensor(entry.getKey(), elementType(entry.getValue().dtype()), shape(entry.getValue()),
                        bytes(backend, entry.getValue(), arena)))
                .toList();
    }

    /// The same, F32 tensors rounded to BF16: half the size, for models that are only looked at. All copied into `arena`.
    public static List<StoredTensor> rounded(Backend backend, SequencedMap<String, Tensor> tensors, Arena arena) {
        return tensors.entrySet().stream().map(entry -> {
            float[] values = backend.read(entry.getValue());
            MemorySegment data = arena.allocate((long) Short.BYTES * values.length, Short.BYTES);
            for (int i = 0; i < values.length; i++) {
                data.set(BF16, (long) Short.BYTES * i, Bfloat16.fromFloat(values[i]));
            }
            return new StoredTensor(entry.getKey(), ElementType.BF16, shape(entry.getValue()), data);
        }).toList();
    }

    /// Fills `tensors` from a file that has these and no others, but for heads, a teacher and a memory, which not everybody needs. Elements stored in
    /// another floating-point type are converted.
    ///
    /// @throws BadInputException when a tensor is missing, of another shape, or not known; the message names the file and the tensor
    public static void read(SafeTensors file, Backend backend, Map<String, Tensor> tensors) {
        read(file, backend, tensors, name -> false);
    }

    /// The same from a file that may have others, too.
    ///
    /// @param known whether a tensor of this name may be there
    static void read(SafeTensors file, Backend backend, Map<String, Tensor> tensors, Predicate<String> known) {
        for (String name : file.names()) {
            if (!tensors.containsKey(name) && !known.test(name) && NOT_FOR_EVERYBODY.stream().noneMatch(name::startsWith)) {
                throw new BadInputException(file.file() + " has a tensor " + name + " that the model does not have; the file belongs to a"
                        + " model of another configuration");
            }
        }
        tensors.forEach((name, tensor) -> {
            StoredTensor stored = file.tensor(name, file.tensor(name).type(), shape(tensor));
            if (stored.type() == elementType(tensor.dtype())) {
                backend.copyIn(tensor, stored.data());
                return;
            }
            switch (stored.type()) {
                case F64, F32, F16, BF16 -> backend.write(tensor, stored.toFloats());
                case I64, I32, U8 -> throw new BadInputException(file.file() + ": tensor " + name + " is " + stored.type()
                        + ", expected floating-point numbers");
            }
        });
    }

    private static ElementType elementType(DType type) {
        return switch (type) {
            case F32 -> ElementType.F32;
            case BF16 -> ElementType.BF16;
            case I32 -> ElementType.I32;
        };
    }

    private static List<Long> shape(Tensor tensor) {
        return Arrays.stream(tensor.shape()).mapToObj(Long::valueOf).toList();
    }

    private static MemorySegment bytes(Backend backend, Tensor tensor, Arena arena) {
        if (tensor.memory() instanceof HostMemory host) {
            return host.segment();
        }
        MemorySegment copy = arena.allocate(tensor.bytes(), Long.BYTES);
        backend.copyOut(tensor, copy);
        return copy;
    }
}
