package nanochat.tensor;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Tensors that are lent and come back. Every step asks for the same shapes in the same order, so after the first step nothing is
/// allocated any more and no page is touched for the first time.
final class TensorPool {
    private final Backend backend;
    private final Map<Kind, Deque<Tensor>> free = new HashMap<>();

    private record Kind(DType dtype, List<Integer> shape) {
        static Kind of(DType dtype, int[] shape) {
            return new Kind(dtype, Arrays.stream(shape).boxed().toList());
        }
    }

    TensorPool(Backend backend) {
        this.backend = backend;
    }

    /// A tensor with anything in it.
    Tensor take(DType dtype, int... shape) {
        Tensor tensor = free.computeIfAbsent(Kind.of(dtype, shape), kind -> new ArrayDeque<>()).pollLast();
        return tensor == null ? backend.allocate(dtype, shape) : tensor;
    }

    void giveBack(Tensor tensor) {
        free.computeIfAbsent(Kind.of(tensor.dtype(), tensor.shape()), kind -> new ArrayDeque<>()).addLast(tensor);
    }
}
