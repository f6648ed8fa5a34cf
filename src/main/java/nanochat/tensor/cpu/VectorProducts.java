package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Matrix products in the Vector API, for machines that oneDNN does not load on. A block of c stands in scratch memory as f32 while
/// blocks of a and b, copied (and widened) into panels in the order in which [VectorTile] reads them, are multiplied into it.
///
/// Sums run over k in an order that depends on the shape alone, in f32 whatever the types are.
final class VectorProducts implements Products {
    /// A block of a: its panels stay in a core's second-level cache. Slightly more than the 256 rows in which linear layers come.
    private static final int BLOCK_ROWS = 43 * VectorTile.ROWS;
    /// The columns of b that a block of a is multiplied with before it is replaced; a multiple of the tile's, up to 16 lanes.
    private static final int BLOCK_COLUMNS = 128;
    /// The depth of a block: a panel of b stays in the first-level cache while all rows of the block of a go over it.
    private static final int BLOCK_DEPTH = 192;

    private static final int A_PANELS = Team.PRODUCT_SCRATCH;
    private static final int B_PANELS = Team.PRODUCT_SCRATCH + 1;
    private static final int C_BLOCK = Team.PRODUCT_SCRATCH + 2;

    private final Scratch[] scratch;

    VectorProducts(Scratch[] scratch) {
        this.scratch = scratch;
    }

    @Override
    public String description() {
        return "the Vector API";
    }

    @Override
    public long packedElements(int k, int n, boolean bf16) {
        return (long) k * n;
    }

    /// Column after column: blocks are copied into panels in any case.
    @Override
    public void pack(int worker, RightOperand operand, MemorySegment b, long bOffset, MemorySegment packed, long packedOffset) {
        check(b, bOffset, operand.elements(), operand.bf16());
        check(packed, packedOffset, packedElements(operand.k(), operand.n(), operand.bf16()), operand.bf16());
        for (int column = 0; column < operand.n(); column++) {
            Panels.gather(packed, packedOffset + (long) column * operand.k(), b, bOffset + (long) column * operand.columnStride(),
                    operand.rowStride(), operand.bf16(), operand.k());
        }
    }

    @Override
    public void run(int worker, ProductShape shape, MemorySegment a, long aOffset, MemorySegment b, long bOffset, MemorySegment c,
            long cOffset) {
        if (shape.isPacked()) {
            run(worker, shape.withRightStrides(1, shape.k()), a, aOffset, b, bOffset, c, cOffset);
            return;
        }
        check(a, aOffset, shape.aElements(), shape.bf16Inputs());
        check(b, bOffset, shape.bElements(), shape.bf16Inputs());
        check(c, cOffset, shape.cElements(), shape.bf16Output());
        MemorySegment block = scratch[worker].floats(C_BLOCK, (long) BLOCK_ROWS * BLOCK_COLUMNS);
        for (int column = 0; column < shape.n(); column += BLOCK_COLUMNS) {
            int columns = Math.min(BLOCK_COLUMNS, shape.n() - column);
            for (int row = 0; row < shape.m(); row += BLOCK_ROWS) {
                int rows = Math.min(BLOCK_ROWS, shape.m() - row);
                long cIndex = cOffset + (long) row * shape.cRowStride() + column;
                loadBlock(block, shape, c, cIndex, rows, columns);
                multiply(worker, block, shape, a, aOffset + (long) row * shape.aRowStride(), b,
                        bOffset + (long) column * shape.bColumnStride(), rows, columns);
                storeBlock(block, shape, c, cIndex, rows, columns);
            }
        }
    }

    /// The accesses below go to raw addresses and would not notice the end of a tensor.
    private static void check(MemorySegment tensor, long offset, long elements, boolean bf16) {
        int bytes = bf16 ? 2 : 4;
        Objects.checkFromIndexSize(offset * bytes, elements * bytes, tensor.byteSize());
    }

    private static void loadBlock(MemorySegment block, ProductShape shape, MemorySegment c, long cIndex, int rows, int columns) {
        if (!shape.accumulate()) {
            Panels.zero(block, 0, rows * BLOCK_COLUMNS);
            return;
        }
        for (int row = 0; row < rows; row++) {
            Panels.copy(block, (long) row * BLOCK_COLUMNS, c, cIndex + (long) row * shape.cRowStride(), shape.bf16Output(), columns);
        }
    }

    private static void storeBlock(MemorySegment block, ProductShape shape, MemorySegment c, long cIndex, int rows, int columns) {
        for (int row = 0; row < rows; row++) {
            long from = (long) row * BLOCK_COLUMNS;
            long to = cIndex + (long) row * shape.cRowStride();
            if (shape.bf16Output()) {
                RowMath.narrowScaled(c, to, block, from, 1f, columns);
            } else {
                RowMath.scale(c, to, block, from, 1f, columns);
            }
        }
    }

    /// block += a b, for the rows of a from aIndex and the columns of b from bIndex on.
    private void multiply(int worker, MemorySegment block, ProductShape shape, MemorySegment a, long aIndex, MemorySegment b, long bIndex,
            int rows, int columns) {
        MemorySegment aPanels = scratch[worker].floats(A_PANELS, (long) BLOCK_ROWS * BLOCK_DEPTH);
        MemorySegment bPanels = scratch[worker].floats(B_PANELS, (long) BLOCK_COLUMNS * BLOCK_DEPTH);
        boolean transposed = shape.aColumnStride() != 1 && shape.aRowStride() == 1;
        for (int k = 0; k < shape.k(); k += BLOCK_DEPTH) {
            int depth = Math.min(BLOCK_DEPTH, shape.k() - k);
            long aFirst = aIndex + (long) k * shape.aColumnStride();
            if (transposed) {
                Panels.packTransposed(aPanels, BLOCK_ROWS, a, aFirst, shape, rows, depth);
            } else {
                Panels.packRows(aPanels, BLOCK_DEPTH, a, aFirst, shape, rows, depth);
            }
            Panels.packColumns(bPanels, b, bIndex + (long) k * shape.bRowStride(), shape, columns, depth);
            long aRowStride = transposed ? 4 : 4L * BLOCK_DEPTH;
            long aStep = transposed ? 4L * BLOCK_ROWS : 4;
            for (int column = 0; column < columns; column += VectorTile.COLUMNS) {
                for (int row = 0; row < rows; row += VectorTile.ROWS) {
                    VectorTile.multiplyAdd(aPanels.address() + row * aRowStride, aRowStride, aStep,
                            bPanels.address() + 4L * column * depth, depth, block.address() + 4L * (row * BLOCK_COLUMNS + column),
                            4L * BLOCK_COLUMNS);
                }
            }
        }
    }
}
