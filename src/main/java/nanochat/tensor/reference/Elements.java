package nanochat.tensor.reference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import nanochat.tensor.Bfloat16;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// Single elements of tensors on the host. Writing rounds to the tensor's type, so that the operations need not know it.
final class Elements {
    private Elements() {
    }

    static float get(Tensor tensor, long index) {
        MemorySegment segment = HostMemory.of(tensor);
        return switch (tensor.dtype()) {
            case F32 -> segment.getAtIndex(ValueLayout.JAVA_FLOAT, index);
            case BF16 -> Bfloat16.toFloat(segment.getAtIndex(ValueLayout.JAVA_SHORT, index));
            case I32 -> throw notReal(tensor);
        };
    }

    static float get(Tensor tensor, int row, int column) {
        return get(tensor, index(tensor, row, column));
    }

    static void set(Tensor tensor, long index, double value) {
        MemorySegment segment = HostMemory.of(tensor);
        switch (tensor.dtype()) {
            case F32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) value);
            case BF16 -> segment.setAtIndex(ValueLayout.JAVA_SHORT, index, Bfloat16.fromFloat((float) value));
            case I32 -> throw notReal(tensor);
        }
    }

    static void set(Tensor tensor, int row, int column, double value) {
        set(tensor, index(tensor, row, column), value);
    }

    static void add(Tensor tensor, long index, double value) {
        set(tensor, index, get(tensor, index) + value);
    }

    static void add(Tensor tensor, int row, int column, double value) {
        add(tensor, index(tensor, row, column), value);
    }

    /// Adds to what is there if `accumulate`, else replaces it.
    static void put(Tensor tensor, int row, int column, double value, boolean accumulate) {
        put(tensor, index(tensor, row, column), value, accumulate);
    }

    static void put(Tensor tensor, long index, double value, boolean accumulate) {
        set(tensor, index, accumulate ? get(tensor, index) + value : value);
    }

    /// The id or target at `index`, which must be from `least` up to, not including, `limit`.
    static int id(Tensor ids, long index, int least, int limit) {
        int id = HostMemory.of(ids).getAtIndex(ValueLayout.JAVA_INT, index);
        if (id < least || id >= limit) {
            throw new IllegalArgumentException("element " + index + " of " + ids + " is " + id + ", must be from " + least + " to "
                    + (limit - 1));
        }
        return id;
    }

    /// The gates of smear and value embeddings: sigmoid of the product of row `gateRow` of `gate` with the first channels of row `row`
    /// of `x`.
    static double sigmoidGate(Tensor gate, int gateRow, Tensor x, int row) {
        double sum = 0;
        for (int channel = 0; channel < gate.columns(); channel++) {
            sum += (double) get(gate, gateRow, channel) * get(x, row, channel);
        }
        return 1 / (1 + Math.exp(-sum));
    }

    private static long index(Tensor tensor, int row, int column) {
        return (long) row * tensor.columns() + column;
    }

    private static IllegalArgumentException notReal(Tensor tensor) {
        return new IllegalArgumentException(tensor + " holds ids, not real numbers");
    }
}
