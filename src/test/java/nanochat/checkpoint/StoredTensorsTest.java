package nanochat.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import nanochat.io.BadInputException;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// By hand: what was written comes back, and a file that does not fit is refused with the tensor's name.
class StoredTensorsTest {
    @TempDir
    Path folder;

    private final Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32);

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private SequencedMap<String, Tensor> tensors(float... first) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("a", backend.allocate(DType.F32, 2, 2));
        tensors.put("b", backend.allocate(DType.F32, 1));
        if (first.length > 0) {
            backend.write(tensors.firstEntry().getValue(), first);
        }
        return tensors;
    }

    private Path write(List<StoredTensor> stored) {
        Path file = folder.resolve("tensors.safetensors");
        SafeTensors.write(file, stored, Map.of());
        return file;
    }

    private void read(Path file, Map<String, Tensor> into) {
        try (SafeTensors opened = SafeTensors.open(file)) {
            StoredTensors.read(opened, backend, into);
        }
    }

    @Test
    void whatWasWrittenComesBack() {
        try (Arena arena = Arena.ofConfined()) {
            Path file = write(StoredTensors.of(backend, tensors(1, -2, 3.5f, Float.MIN_VALUE), arena));
            SequencedMap<String, Tensor> back = tensors();
            read(file, back);
            assertThat(backend.read(back.firstEntry().getValue())).containsExactly(1, -2, 3.5f, Float.MIN_VALUE);
        }
    }

    @Test
    void halfPrecisionIsConverted() {
        short[] bf16 = {0x3f80, (short) 0xc000, 0x4060, 0};
        Path file = write(List.of(new StoredTensor("a", ElementType.BF16, List.of(2L, 2L), heapBytes(bf16)),
                new StoredTensor("b", ElementType.F32, List.of(1L), MemorySegment.ofArray(new byte[4]))));
        SequencedMap<String, Tensor> back = tensors();
        read(file, back);
        assertThat(backend.read(back.firstEntry().getValue())).containsExactly(1, -2, 3.5f, 0);
    }

    private static MemorySegment heapBytes(short[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[2 * values.length]);
        for (int i = 0; i < values.length; i++) {
            bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, values[i]);
        }
        return bytes;
    }

    @Test
    void aTensorMoreOrLessOrOfWholeNumbersIsNamed() {
        StoredTensor a = new StoredTensor("a", ElementType.F32, List.of(2L, 2L), MemorySegment.ofArray(new byte[16]));
        StoredTensor b = new StoredTensor("b", ElementType.F32, List.of(1L), MemorySegment.ofArray(new byte[4]));
        StoredTensor stranger = new StoredTensor("stranger", ElementType.F32, List.of(1L), MemorySegment.ofArray(new byte[4]));
        StoredTensor whole = new StoredTensor("b", ElementType.I32, List.of(1L), MemorySegment.ofArray(new byte[4]));
        assertRefused("stranger", a, b, stranger);
        assertRefused("b", a);
        assertRefused("b is I32", a, whole);
    }

    private void assertRefused(String name, StoredTensor... stored) {
        Path file = write(List.of(stored));
        assertThatThrownBy(() -> read(file, tensors())).isInstanceOf(BadInputException.class).hasMessageContainingAll("tensors.safetensors",
                "tensor " + name);
    }
}
