package nanochat.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// Single precision: a block consists of tiles already.
public record F32Matrix(int outputs, int inputs, MemorySegment memory) implements Matrix {
    /// No weights at all.
    static final F32Matrix NONE = new F32Matrix(0, 0, MemorySegment.NULL);

    private static final long ROW_STRIDE = 4L * Tile.PANEL;
    private static final int FEW_ROWS = 16;

    /// In new memory: all zero where that is an arena's.
    public static F32Matrix of(SegmentAllocator memory, int outputs, int inputs) {
        return new F32Matrix(outputs, inputs, memory.allocate(4L * inputs * Tile.roundUp(outputs), 64));
    }

    @Override
    public F32Matrix first(int count) {
        return new F32Matrix(count, inputs, memory);
    }

    @Override
    public void fill(BlockSource source, int block) {
        float[] weights = new float[inputs];
        for (int output = block * Tile.WIDTH; output < Math.min(outputs, (block + 1) * Tile.WIDTH); output++) {
            source.copyOutput(output, weights);
            long column = 4L * ((long) (output / Tile.PANEL) * inputs * Tile.PANEL + output % Tile.PANEL);
            for (int k = 0; k < inputs; k++) {
                memory.set(ValueLayout.JAVA_FLOAT, column + 4L * k * Tile.PANEL, weights[k]);
            }
        }
    }

    @Override
    public void multiplyRow(int firstPanel, int endPanel, long x, long y, long scratch) {
        long targetStride = Tile.PANEL_STRIDE * blocks();
        for (int panel = firstPanel; panel < endPanel; panel++) {
            long target = y + Tile.PANEL_STRIDE * panel;
            Tile.clearOne(target, targetStride);
            Tile.multiplyAddOne(memory.address() + panel * panelStride(), blocks() * panelStride(), ROW_STRIDE, inputs, x, target,
                    targetStride);
        }
    }

    @Override
    public void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        Tile.clear(y, yStride, rows);
        // Many rows: what one piece of the block is multiplied with stays in the first-level cache, and so does the piece.
        int piece = rows <= FEW_ROWS ? inputs : Tile.WIDTH;
        for (int k = 0; k < inputs; k += piece) {
            int depth = Math.min(piece, inputs - k);
            Tile.multiplyAdd(block(block) + k * ROW_STRIDE, panelStride(), ROW_STRIDE, depth, x + 4L * k, xStride, y, yStride, rows);
        }
    }

    private long panelStride() {
        return inputs * ROW_STRIDE;
    }

    private long block(int block) {
        return memory.address() + 4L * block * inputs * Tile.WIDTH;
    }
}
