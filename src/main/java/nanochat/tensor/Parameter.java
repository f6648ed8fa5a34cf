package nanochat.tensor;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A weight: its value, the gradient that backward passes add to, and what matrix products read. A weight that is not trained (it is
/// frozen, or the model only runs forward) has no gradient; the tape then computes none.
///
/// Value and gradient are F32. Where products run in BF16, [#compute()] is a rounded copy of the value; whoever changes the value (the
/// optimizer, a loaded checkpoint) calls [#refresh(Backend)] afterwards.
public final class Parameter {
    private final String name;
    private final Tensor value;
    private final @Nullable Tensor gradient;
    private final Tensor compute;

    private Parameter(String name, Tensor value, @Nullable Tensor gradient, Tensor compute) {
        this.name = name;
        this.value = value;
        this.gradient = gradient;
        this.compute = compute;
    }

    /// Parameters of zeros, all of one shape. They lie one after the other in one tensor `[names, shape]`; so do their gradients and their
    /// copies. Whoever wants to share out a group of them can cut it between any two.
    ///
    /// @param names their names in checkpoints
    /// @param computeType what products read: F32 shares the value, BF16 keeps a copy
    /// @param trained false for weights that stay as they are: saves the gradients' memory
    public static List<Parameter> allocateAll(Backend backend, List<String> names, DType computeType, boolean trained, int... shape) {
        int[] all = IntStream.concat(IntStream.of(names.size()), IntStream.of(shape)).toArray();
        Tensor values = backend.allocate(DType.F32, all);
        Optional<Tensor> gradients = trained ? Optional.of(backend.allocate(DType.F32, all)) : Optional.empty();
        Optional<Tensor> copies = computeType == DType.F32 ? Optional.empty() : Optional.of(backend.allocate(computeType, all));
        return IntStream.range(0, names.size()).mapToObj(i -> {
            Tensor value = values.slice(i);
            return new Parameter(names.get(i), value, gradients.map(tensor -> tensor.slice(i)).orElse(null),
                    copies.map(tensor -> tensor.slice(i)).orElse(value));
        }).toList();
    }

    public String name() {
        return name;
    }

    /// The master weight, F32.
    public Tensor value() {
        return value;
    }

    /// Of the value's shape, F32. Backward passes add to it; the optimizer leaves it zero.
    ///
    /// @throws IllegalStateException when the parameter is not trained
    public Tensor gradient() {
        if (gradient == null) {
            throw new IllegalStateException(name + " has no gradient: it is not trained");
        }
        return gradient;
    }

    /// The gradient where there is one.
    Optional<Tensor> gradientIfTrained() {
        return Optional.ofNullable(gradient);
    }

    public boolean isTrained() {
        return gradient != null;
    }

    /// What matrix products read: the value itself, or its copy in the compute type.
    public Tensor compute() {
        return compute;
    }

    /// Brings the copy up to date with the value.
    public void refresh(Backend backend) {
        if (compute != value) {
            backend.convert(compute, value);
        }
    }

    /// For messages: `lm_head.weight f32[128, 64]`.
    @Override
    public String toString() {
        return name + " " + value;
    }
}
