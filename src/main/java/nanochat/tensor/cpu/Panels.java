package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// Copies blocks of the operands of a matrix product into panels of f32, in the order in which [VectorTile] reads them. What a tile reads
/// beyond the edge of a block is zero.
final class Panels {
    private Panels() {
    }

    /// A block of a whose columns are neighbours, or which has any strides: row after row, `stride` apart.
    static void packRows(MemorySegment to, int stride, MemorySegment a, long index, ProductShape shape, int rows, int depth) {
        for (int row = 0; row < rows; row++) {
            long from = index + (long) row * shape.aRowStride();
            if (shape.aColumnStride() == 1) {
                copy(to, (long) row * stride, a, from, shape.bf16Inputs(), depth);
            } else {
                gather(to, (long) row * stride, 1, a, from, shape.aColumnStride(), shape.bf16Inputs(), depth);
            }
        }
        for (int row = rows; row % VectorTile.ROWS != 0; row++) {
            zero(to, (long) row * stride, depth);
        }
    }

    /// A block of a whose rows are neighbours: column after column, `stride` apart.
    static void packTransposed(MemorySegment to, int stride, MemorySegment a, long index, ProductShape shape, int rows, int depth) {
        int padding = (VectorTile.ROWS - rows % VectorTile.ROWS) % VectorTile.ROWS;
        for (int k = 0; k < depth; k++) {
            copy(to, (long) k * stride, a, index + (long) k * shape.aColumnStride(), shape.bf16Inputs(), rows);
            zero(to, (long) k * stride + rows, padding);
        }
    }

    /// A block of b: panels of as many columns as a tile has, each row after row.
    static void packColumns(MemorySegment to, MemorySegment b, long index, ProductShape shape, int columns, int depth) {
        for (int first = 0; first < columns; first += VectorTile.COLUMNS) {
            long panel = (long) first * depth;
            int width = Math.min(VectorTile.COLUMNS, columns - first);
            if (width < VectorTile.COLUMNS) {
                zero(to, panel, depth * VectorTile.COLUMNS);
            }
            if (shape.bColumnStride() == 1) {
                for (int k = 0; k < depth; k++) {
                    copy(to, panel + (long) k * VectorTile.COLUMNS, b, index + (long) k * shape.bRowStride() + first, shape.bf16Inputs(),
                            width);
                }
            } else {
                for (int column = 0; column < width; column++) {
                    gather(to, panel + column, VectorTile.COLUMNS, b, index + (long) (first + column) * shape.bColumnStride(),
                            shape.bRowStride(), shape.bf16Inputs(), depth);
                }
            }
        }
    }

    /// Neighbours to neighbours.
    static void copy(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, boolean bf16, int count) {
        if (bf16) {
            RowMath.widen(to, toIndex, from, fromIndex, count);
        } else {
            RowMath.scale(to, toIndex, from, fromIndex, 1f, count);
        }
    }

    /// Element by element, over any distances.
    private static void gather(MemorySegment to, long toIndex, int toStride, MemorySegment from, long fromIndex, int fromStride,
            boolean bf16, int count) {
        if (bf16) {
            for (int i = 0; i < count; i++) {
                RowMath.put(to, toIndex + (long) i * toStride, RowMath.getBf16(from, fromIndex + (long) i * fromStride));
            }
        } else {
            for (int i = 0; i < count; i++) {
                RowMath.put(to, toIndex + (long) i * toStride, RowMath.get(from, fromIndex + (long) i * fromStride));
            }
        }
    }

    /// Elements at any distances to neighbours, of the type they have.
    static void gather(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, int fromStride, boolean bf16, int count) {
        if (bf16) {
            for (int i = 0; i < count; i++) {
                to.set(JAVA_SHORT_UNALIGNED, (toIndex + i) * 2, from.get(JAVA_SHORT_UNALIGNED, (fromIndex + (long) i * fromStride) * 2));
            }
        } else {
            gather(to, toIndex, 1, from, fromIndex, fromStride, false, count);
        }
    }

    static void zero(MemorySegment to, long index, int count) {
        for (int i = 0; i < count; i++) {
            RowMath.put(to, index + i, 0f);
        }
    }
}
