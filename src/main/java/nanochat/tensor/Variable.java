package nanochat.tensor;

import org.jspecify.annotations.Nullable;

/// An activation on a [Tape]: its value and, during the backward pass, the gradient collected so far.
public final class Variable {
    private final Tensor value;
    private final DType gradientType;
    private @Nullable Tensor gradient;

    Variable(Tensor value, DType gradientType) {
        this.value = value;
        this.gradientType = gradientType;
    }

    public Tensor value() {
        return value;
    }

    /// The gradient of the loss with respect to the value, whole once everything that read the value has been played back.
    Tensor gradient() {
        if (gradient == null) {
            throw new IllegalStateException("no gradient has reached " + value + ": nothing recorded after it leads to the loss");
        }
        return gradient;
    }

    boolean hasGradient() {
        return gradient != null;
    }

    DType gradientType() {
        return gradientType;
    }

    void startGradient(Tensor tensor) {
        if (gradient != null) {
            throw new IllegalStateException(value + " already has a gradient: the operation that replaces it must be its only reader");
        }
        gradient = tensor;
    }

    Tensor dropGradient() {
        Tensor dropped = gradient();
        gradient = null;
        return dropped;
    }
}
