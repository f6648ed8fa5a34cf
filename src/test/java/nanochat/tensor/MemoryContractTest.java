package nanochat.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/// What every [Backend] must do with memory, and with tensors that do not fit. The oracle is the documentation of [Backend].
public abstract class MemoryContractTest {
    /// A backend under test, with that many threads.
    protected abstract Backend create(int threads);

    /// The backend as everybody gets it, with checked shapes.
    final Backend open(int threads) {
        return new CheckedBackend(create(threads));
    }

    @Test
    void newTensorsAreZeroAndCounted() {
        try (Backend backend = open(1)) {
            long before = backend.allocatedBytes();
            Tensor tensor = backend.allocate(DType.BF16, 3, 5);
            assertThat(backend.read(tensor)).containsOnly(0f).hasSize(15);
            assertThat(backend.allocatedBytes() - before).isGreaterThanOrEqualTo(30);
        }
    }

    @Test
    void whatIsWrittenIsReadRoundedToTheType() {
        try (Backend backend = open(1)) {
            float[] values = {1f, -0.1f, 1 + 1f / 256, 1 + 3f / 256, 3e38f, Float.NEGATIVE_INFINITY, Float.NaN};
            Tensor f32 = backend.allocate(DType.F32, values.length);
            Tensor bf16 = backend.allocate(DType.BF16, values.length);
            backend.write(f32, values);
            assertThat(backend.read(f32)).isEqualTo(values);
            backend.write(bf16, values);
            // 1 + 1/256 and 1 + 3/256 lie half way between two bfloat16: the even one is taken.
            assertThat(backend.read(bf16)).containsExactly(1f, Bfloat16.round(-0.1f), 1f, 1 + 4f / 256, Bfloat16.round(3e38f),
                    Float.NEGATIVE_INFINITY, Float.NaN);
            backend.zero(bf16);
            assertThat(backend.read(bf16)).containsOnly(0f);
        }
    }

    @Test
    void rawBytesGoInAndOut() {
        try (Backend backend = open(1); Arena arena = Arena.ofConfined()) {
            Tensor ids = backend.allocate(DType.I32, 2, 2);
            backend.write(ids, new int[]{-1, 2, 3, 1 << 30});
            MemorySegment bytes = arena.allocate(16, 4);
            backend.copyOut(ids, bytes);
            assertThat(bytes.toArray(ValueLayout.JAVA_INT)).containsExactly(-1, 2, 3, 1 << 30);
            Tensor floats = backend.allocate(DType.F32, 4);
            backend.copyIn(floats, bytes);
            assertThat(backend.read(floats)[3]).isEqualTo(2f);
        }
    }

    @Test
    void tensorsThatDoNotFitAreNamed() {
        try (Backend backend = open(1)) {
            Tensor a = backend.allocate(DType.F32, 3, 4);
            Tensor b = backend.allocate(DType.F32, 5, 7);
            Tensor c = backend.allocate(DType.BF16, 3, 5);
            assertThatIllegalArgumentException().isThrownBy(() -> backend.write(a, new float[11])).withMessageContaining("f32[3, 4]");
            assertThatIllegalArgumentException().isThrownBy(() -> backend.linear(a, a, b, false))
                    .withMessageContainingAll("f32[3, 4]", "f32[5, 7]");
            assertThatIllegalArgumentException().isThrownBy(() -> backend.linear(c, a, c, false))
                    .withMessageContainingAll("f32[3, 4]", "bf16[3, 5]");
            assertThatIllegalArgumentException().isThrownBy(() -> backend.convert(b, a))
                    .withMessageContainingAll("f32[3, 4]", "f32[5, 7]");
            assertThatIllegalArgumentException().isThrownBy(() -> backend.reluSquared(b, c))
                    .withMessageContainingAll("bf16[3, 5]", "f32[5, 7]");
        }
    }
}
