package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Single precision: a block is a row of tiles already.
record F32Matrix(int outputs, int inputs, MemorySegment memory) implements Matrix {
    static F32Matrix of(Arena arena, BlockSource source) {
        int inputs = source.inputs();
        MemorySegment memory = arena.allocate(4L * inputs * source.blocks() * Tile.WIDTH, 64);
        float[] weights = new float[inputs];
        for (int output = 0; output < source.outputs(); output++) {
            source.copyOutput(output, weights);
            long column = 4L * ((long) (output / Tile.WIDTH) * inputs * Tile.WIDTH + output % Tile.WIDTH);
            for (int k = 0; k < inputs; k++) {
                memory.set(ValueLayout.JAVA_FLOAT, column + 4L * k * Tile.WIDTH, weights[k]);
            }
        }
        return new F32Matrix(source.outputs(), inputs, memory);
    }

    @Override
    public WeightFormat format() {
        return WeightFormat.F32;
    }

    @Override
    public long bytes() {
        return memory.byteSize();
    }

    @Override
    public void multiplyRow(int block, long x, long y) {
        Tile.clear(y, 0, 1);
        Tile.multiplyAddOne(block(block), inputs, x, y);
    }

    @Override
    public void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        Tile.clear(y, yStride, rows);
        for (int k = 0; k < inputs; k += Tile.WIDTH) {
            int depth = Math.min(Tile.WIDTH, inputs - k);
            Tile.multiplyAdd(block(block) + 4L * k * Tile.WIDTH, depth, x + 4L * k, xStride, y, yStride, rows);
        }
    }

    private long block(int block) {
        return memory.address() + 4L * block * inputs * Tile.WIDTH;
    }
}
