package nanochat.tensor;

import org.jspecify.annotations.Nullable;

/// An activation on a [Tape]: its value and, during the backward pass, the gradient collected so far, if anything that is trained
/// contributed to the value.
public final class Variable {
    private final Tensor value;
    private final DType gradientType;
    private boolean needsGradient;
    private @Nullable Runnable unfinished;
    private @Nullable Tensor gradient;

    /// @param needsGradient whether anything that is trained contributed to the value
    Variable(Tensor value, DType gradientType, boolean needsGradient) {
        this.value = value;
        this.gradientType = gradientType;
        this.needsGradient = needsGradient;
    }

    public Tensor value() {
        if (unfinished != null) {
            Runnable rest = unfinished;
            unfinished = null;
            rest.run();
        }
        return value;
    }

    int[] shape() {
        return value.shape();
    }

    /// The memory of the value, whatever it holds.
    Tensor memory() {
        return value;
    }

    /// Puts off what still has to be added to the value until somebody reads it.
    void finishWhenRead(Runnable rest) {
        value();
        unfinished = rest;
    }

    /// Nobody will read the value any more; its memory stays.
    void leaveUnfinished() {
        unfinished = null;
    }

    boolean needsGradient() {
        return needsGradient;
    }

    /// Something was added to the value, in place.
    ///
    /// @param trained whether anything that is trained contributed to it
    void added(boolean trained) {
        needsGradient |= trained;
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
