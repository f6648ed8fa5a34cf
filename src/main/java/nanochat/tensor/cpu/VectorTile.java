package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/// The innermost loop of a matrix product in the Vector API: a tile of c, six rows of two vectors, whose twelve sums stay in registers (with
/// two vectors of b and one of a that is what sixteen registers hold) while k runs.
///
/// Loads and stores are written out. Behind helper methods this loop exceeds what the compiler inlines, and vectors that cross a call are
/// allocated on the heap, which made it ten times slower.
final class VectorTile {
    static final int ROWS = 6;
    static final int COLUMNS = 2 * Lanes.WIDTH;

    private static final long VECTOR_BYTES = 4L * Lanes.WIDTH;
    private static final MemorySegment MEMORY = Lanes.MEMORY;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private VectorTile() {
    }

    /// c += a b. Addresses and strides are in bytes, elements are f32; the caller keeps the memory alive.
    ///
    /// @param aRowStride from a row of a to the next
    /// @param aStep from a column of a to the next
    /// @param b `depth` rows of [#COLUMNS], one after another
    static void multiplyAdd(long a, long aRowStride, long aStep, long b, int depth, long c, long cRowStride) {
        FloatVector c00 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c, Lanes.ORDER);
        FloatVector c01 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + VECTOR_BYTES, Lanes.ORDER);
        FloatVector c10 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + cRowStride, Lanes.ORDER);
        FloatVector c11 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + cRowStride + VECTOR_BYTES, Lanes.ORDER);
        FloatVector c20 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + 2 * cRowStride, Lanes.ORDER);
        FloatVector c21 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + 2 * cRowStride + VECTOR_BYTES, Lanes.ORDER);
        FloatVector c30 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + 3 * cRowStride, Lanes.ORDER);
        FloatVector c31 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + 3 * cRowStride + VECTOR_BYTES, Lanes.ORDER);
        FloatVector c40 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + 4 * cRowStride, Lanes.ORDER);
        FloatVector c41 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + 4 * cRowStride + VECTOR_BYTES, Lanes.ORDER);
        FloatVector c50 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + 5 * cRowStride, Lanes.ORDER);
        FloatVector c51 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, c + 5 * cRowStride + VECTOR_BYTES, Lanes.ORDER);
        long upper = a;
        long lower = a + 3 * aRowStride;
        long row = b;
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, row, Lanes.ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(Lanes.FLOATS, MEMORY, row + VECTOR_BYTES, Lanes.ORDER);
            FloatVector a0 = FloatVector.broadcast(Lanes.FLOATS, MEMORY.get(FLOAT, upper));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(Lanes.FLOATS, MEMORY.get(FLOAT, upper + aRowStride));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(Lanes.FLOATS, MEMORY.get(FLOAT, upper + 2 * aRowStride));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(Lanes.FLOATS, MEMORY.get(FLOAT, lower));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(Lanes.FLOATS, MEMORY.get(FLOAT, lower + aRowStride));
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(Lanes.FLOATS, MEMORY.get(FLOAT, lower + 2 * aRowStride));
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            upper += aStep;
            lower += aStep;
            row += 2 * VECTOR_BYTES;
        }
        c00.intoMemorySegment(MEMORY, c, Lanes.ORDER);
        c01.intoMemorySegment(MEMORY, c + VECTOR_BYTES, Lanes.ORDER);
        c10.intoMemorySegment(MEMORY, c + cRowStride, Lanes.ORDER);
        c11.intoMemorySegment(MEMORY, c + cRowStride + VECTOR_BYTES, Lanes.ORDER);
        c20.intoMemorySegment(MEMORY, c + 2 * cRowStride, Lanes.ORDER);
        c21.intoMemorySegment(MEMORY, c + 2 * cRowStride + VECTOR_BYTES, Lanes.ORDER);
        c30.intoMemorySegment(MEMORY, c + 3 * cRowStride, Lanes.ORDER);
        c31.intoMemorySegment(MEMORY, c + 3 * cRowStride + VECTOR_BYTES, Lanes.ORDER);
        c40.intoMemorySegment(MEMORY, c + 4 * cRowStride, Lanes.ORDER);
        c41.intoMemorySegment(MEMORY, c + 4 * cRowStride + VECTOR_BYTES, Lanes.ORDER);
        c50.intoMemorySegment(MEMORY, c + 5 * cRowStride, Lanes.ORDER);
        c51.intoMemorySegment(MEMORY, c + 5 * cRowStride + VECTOR_BYTES, Lanes.ORDER);
    }
}
