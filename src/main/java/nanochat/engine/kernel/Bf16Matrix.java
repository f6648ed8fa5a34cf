package nanochat.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import nanochat.tensor.Bfloat16;

/// bfloat16: two consecutive inputs of an output share a 32-bit lane, as in the tiles of [Bf16Tile].
public record Bf16Matrix(int outputs, int inputs, MemorySegment memory) implements NarrowMatrix {
    /// No weights at all.
    static final Bf16Matrix NONE = new Bf16Matrix(0, 0, MemorySegment.NULL);

    /// Bytes from a pair of inputs to the next in a panel.
    private static final long PAIR_STRIDE = 4L * Tile.PANEL;

    public Bf16Matrix {
        if (inputs % 2 != 0) {
            throw new IllegalArgumentException("pairs of inputs share a lane, so their number must be even, is " + inputs);
        }
    }

    /// In new memory: all zero where that is an arena's.
    public static Bf16Matrix of(SegmentAllocator memory, int outputs, int inputs) {
        return new Bf16Matrix(outputs, inputs, memory.allocate(2L * inputs * Tile.roundUp(outputs), 64));
    }

    @Override
    public Bf16Matrix first(int count) {
        return new Bf16Matrix(count, inputs, memory);
    }

    @Override
    public void fill(BlockSource source, int block) {
        float[] weights = new float[inputs];
        for (int output = block * Tile.WIDTH; output < Math.min(outputs, (block + 1) * Tile.WIDTH); output++) {
            source.copyOutput(output, weights);
            long column = 2L * ((long) (output / Tile.PANEL) * inputs * Tile.PANEL + 2L * (output % Tile.PANEL));
            for (int k = 0; k < inputs; k++) {
                memory.set(ValueLayout.JAVA_SHORT, column + PAIR_STRIDE * (k / 2) + 2L * (k % 2), Bfloat16.fromFloat(weights[k]));
            }
        }
    }

    @Override
    public void multiplyRow(int firstPanel, int endPanel, long x, long y, long scratch) {
        long targetStride = Tile.PANEL_STRIDE * blocks();
        for (int panel = firstPanel; panel < endPanel; panel++) {
            long target = y + Tile.PANEL_STRIDE * panel;
            Kernels.clearOne(target, targetStride);
            Kernels.multiplyAddOne(memory.address() + panel * panelStride(), blocks() * panelStride(), PAIR_STRIDE, inputs / 2, x, target,
                    targetStride);
        }
    }

    @Override
    public void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        Kernels.clear(y, yStride, rows);
        Kernels.multiplyAdd(block(block), panelStride(), PAIR_STRIDE, inputs, x, xStride, y, yStride, rows, scratch);
    }

    @Override
    public void widen(int block, int first, int depth, long tile) {
        Bf16Tile.widen(block(block) + PAIR_STRIDE * (first / 2), panelStride(), PAIR_STRIDE, depth, tile, Tile.ROW_STRIDE);
    }

    private long panelStride() {
        return 2L * inputs * Tile.PANEL;
    }

    private long block(int block) {
        return memory.address() + 2L * block * inputs * Tile.WIDTH;
    }
}
