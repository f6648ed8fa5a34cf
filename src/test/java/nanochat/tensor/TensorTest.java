package nanochat.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Slices of a tensor. Oracle: the elements of the whole.
class TensorTest {
    @ParameterizedTest
    @EnumSource
    void aSliceIsAPartOfTheSameMemory(Device device) {
        try (Backend backend = Backends.open(device, 1, DType.F32)) {
            for (DType type : new DType[]{DType.F32, DType.BF16}) {
                Tensor whole = backend.allocate(type, 3, 1, 5);
                Tensor slice = whole.slice(1);
                assertThat(slice.shape()).containsExactly(1, 5);
                assertThat(slice.bytes()).isEqualTo(5L * type.bytes());
                backend.write(whole, new float[]{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
                assertThat(backend.read(slice)).containsExactly(5, 6, 7, 8, 9);
                backend.zero(slice);
                backend.convert(slice.slice(0), whole.slice(0).slice(0));
                assertThat(backend.read(whole)).containsExactly(0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 10, 11, 12, 13, 14);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void thereIsNoSliceBeyondTheEnd(Device device) {
        try (Backend backend = Backends.open(device, 1, DType.F32)) {
            Tensor whole = backend.allocate(DType.F32, 3, 2);
            assertThatThrownBy(() -> whole.slice(3)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> whole.slice(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
