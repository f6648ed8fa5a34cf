package nanochat.tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/// A dense row-major array in the memory of a backend. Operations see it as a matrix: [#columns()] is its last dimension and [#rows()]
/// the product of all others.
public final class Tensor {
    private final DType dtype;
    private final int[] shape;
    private final long size;
    private final Memory memory;

    /// Made by [Backend#allocate]; `memory` holds at least as many elements as the shape has.
    public Tensor(DType dtype, Memory memory, int... shape) {
        this.dtype = dtype;
        this.memory = memory;
        this.shape = shape.clone();
        this.size = size(shape);
    }

    /// The number of elements of `shape`.
    public static long size(int... shape) {
        long size = 1;
        for (int dimension : shape) {
            if (dimension < 1) {
                throw new IllegalArgumentException("a dimension must be at least 1, the shape is " + Arrays.toString(shape));
            }
            size *= dimension;
        }
        return size;
    }

    public DType dtype() {
        return dtype;
    }

    public Memory memory() {
        return memory;
    }

    public int[] shape() {
        return shape.clone();
    }

    /// Entry `index` along the first dimension, as a tensor on the same memory: of `[L, C, C]` a matrix `[C, C]`.
    public Tensor slice(int index) {
        Objects.checkIndex(index, shape[0]);
        int[] rest = Arrays.copyOfRange(shape, 1, shape.length);
        long bytes = size(rest) * dtype.bytes();
        return new Tensor(dtype, memory.slice(index * bytes, bytes), rest);
    }

    /// The rows first..first+count-1 as a matrix on the same memory.
    public Tensor rows(int first, int count) {
        Objects.checkFromIndexSize(first, count, rows());
        long rowBytes = (long) columns() * dtype.bytes();
        return new Tensor(dtype, memory.slice(first * rowBytes, count * rowBytes), count, columns());
    }

    /// Number of elements.
    public long size() {
        return size;
    }

    /// Number of bytes.
    public long bytes() {
        return size * dtype.bytes();
    }

    public int columns() {
        return shape.length == 0 ? 1 : shape[shape.length - 1];
    }

    public int rows() {
        return Math.toIntExact(size / columns());
    }

    public boolean sameShape(Tensor other) {
        return Arrays.equals(shape, other.shape);
    }

    /// For messages: `f32[4096, 384]`.
    @Override
    public String toString() {
        return Arrays.stream(shape).mapToObj(Integer::toString)
                .collect(Collectors.joining(", ", dtype.name().toLowerCase(Locale.ROOT) + "[", "]"));
    }
}
