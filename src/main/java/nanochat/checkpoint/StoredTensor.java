package nanochat.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/// A tensor as a safetensors file holds it. The data is a view (of the tensor to write, or of the mapped file), never a copy.
///
/// @param name as in the model, e.g. `transformer.h.0.attn.c_q.weight`
/// @param type what its elements are
/// @param shape sizes, outermost first; empty for a scalar
/// @param data the elements, row-major, little-endian, perhaps not aligned
public record StoredTensor(String name, ElementType type, List<Long> shape, MemorySegment data) {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public StoredTensor {
        shape = List.copyOf(shape);
        if (!isName(name)) {
            throw new IllegalArgumentException("'" + name + "' is not a name for a tensor");
        }
        long bytes = byteSize(type, shape);
        if (bytes != data.byteSize()) {
            throw new IllegalArgumentException("tensor " + name + ": " + type + " " + shape + " takes " + bytes + " bytes, the data has "
                    + data.byteSize());
        }
    }

    /// Whether a tensor may be called this: not empty, no control characters, not the format's own word.
    static boolean isName(String name) {
        return !name.isEmpty() && !name.equals(SafeTensors.METADATA) && name.chars().noneMatch(Character::isISOControl);
    }

    /// The bytes that elements of `type` take in `shape`.
    ///
    /// @throws IllegalArgumentException for a negative size or more bytes than a long can count
    static long byteSize(ElementType type, List<Long> shape) {
        try {
            long bytes = type.bytes();
            for (long size : shape) {
                if (size < 0) {
                    throw new IllegalArgumentException("the shape " + shape + " has a negative size");
                }
                bytes = Math.multiplyExact(bytes, size);
            }
            return bytes;
        } catch (ArithmeticException overflow) {
            throw new IllegalArgumentException("the shape " + shape + " is too large", overflow);
        }
    }

    /// The number of elements.
    public long elements() {
        return data.byteSize() / type.bytes();
    }

    /// The elements as floats: a copy. Exact for F32, F16 and BF16, rounded for F64.
    ///
    /// @throws IllegalStateException for a type of whole numbers, or more elements than an array holds
    public float[] toFloats() {
        float[] floats = new float[arrayLength()];
        switch (type) {
            case F32 -> MemorySegment.copy(data, FLOAT, 0, floats, 0, floats.length);
            case F64 -> {
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = (float) data.get(DOUBLE, 8L * i);
                }
            }
            case F16 -> {
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = Float.float16ToFloat(data.get(SHORT, 2L * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = Float.intBitsToFloat(data.get(SHORT, 2L * i) << 16);
                }
            }
            case I64, I32, U8 -> throw new IllegalStateException("tensor " + name + " has whole numbers: " + type);
        }
        return floats;
    }

    /// The elements as longs: a copy.
    ///
    /// @throws IllegalStateException for a type of floating-point numbers, or more elements than an array holds
    public long[] toLongs() {
        long[] longs = new long[arrayLength()];
        switch (type) {
            case I64 -> MemorySegment.copy(data, LONG, 0, longs, 0, longs.length);
            case I32 -> {
                for (int i = 0; i < longs.length; i++) {
                    longs[i] = data.get(INT, 4L * i);
                }
            }
            case U8 -> {
                for (int i = 0; i < longs.length; i++) {
                    longs[i] = data.get(ValueLayout.JAVA_BYTE, i) & 0xff;
                }
            }
            case F64, F32, F16, BF16 -> throw new IllegalStateException("tensor " + name + " has floating-point numbers: " + type);
        }
        return longs;
    }

    private int arrayLength() {
        if (elements() > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException("tensor " + name + " has " + elements() + " elements, too many for one array");
        }
        return (int) elements();
    }
}
