package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Integers from -127 to 127 times a scale per output, the largest weight of the output divided by 127. The integers are widened to floats
/// and the scale is applied to the finished sum.
record Int8Matrix(int outputs, int inputs, MemorySegment memory, MemorySegment scales) implements Matrix {
    /// As many bytes as a vector has floats. 32-bit vectors do not exist, so on 128-bit machines half of what is loaded is ignored.
    private static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(Math.max(64, Tile.FLOATS.vectorBitSize() / 4)));
    private static final int LANES = Tile.LANES;
    private static final int STRIP = 4 * LANES;
    private static final int LARGEST = 127;

    Int8Matrix {
        if (inputs % 2 != 0) {
            throw new IllegalArgumentException("inputs are taken by twos, so their number must be even, is " + inputs);
        }
    }

    static Int8Matrix of(Arena arena, BlockSource source) {
        int inputs = source.inputs();
        int padded = source.blocks() * Tile.WIDTH;
        MemorySegment memory = arena.allocate((long) inputs * padded + BYTES.vectorByteSize(), 64);
        MemorySegment scales = arena.allocate(4L * padded, 64);
        float[] weights = new float[inputs];
        for (int output = 0; output < source.outputs(); output++) {
            source.copyOutput(output, weights);
            float largest = 0;
            for (float weight : weights) {
                largest = Math.max(largest, Math.abs(weight));
            }
            scales.setAtIndex(ValueLayout.JAVA_FLOAT, output, largest / LARGEST);
            float inverse = largest > 0 ? LARGEST / largest : 0;
            long column = (long) (output / Tile.WIDTH) * inputs * Tile.WIDTH + output % Tile.WIDTH;
            for (int k = 0; k < inputs; k++) {
                memory.set(ValueLayout.JAVA_BYTE, column + (long) k * Tile.WIDTH, (byte) Math.round(weights[k] * inverse));
            }
        }
        return new Int8Matrix(source.outputs(), inputs, memory, scales);
    }

    @Override
    public WeightFormat format() {
        return WeightFormat.INT8;
    }

    @Override
    public long bytes() {
        return memory.byteSize() + scales.byteSize();
    }

    @Override
    public void multiplyRow(int block, long x, long y) {
        long start = block(block);
        for (int strip = 0; strip < Tile.WIDTH; strip += STRIP) {
            FloatVector y0 = FloatVector.zero(Tile.FLOATS);
            FloatVector y1 = FloatVector.zero(Tile.FLOATS);
            FloatVector y2 = FloatVector.zero(Tile.FLOATS);
            FloatVector y3 = FloatVector.zero(Tile.FLOATS);
            for (int k = 0; k < inputs; k += 2) {
                long even = start + (long) k * Tile.WIDTH + strip;
                FloatVector x0 = FloatVector.broadcast(Tile.FLOATS, Tile.ALL.get(Tile.FLOAT, x + 4L * k));
                y0 = load(even).fma(x0, y0);
                y1 = load(even + LANES).fma(x0, y1);
                y2 = load(even + 2 * LANES).fma(x0, y2);
                y3 = load(even + 3 * LANES).fma(x0, y3);
                long odd = even + Tile.WIDTH;
                FloatVector x1 = FloatVector.broadcast(Tile.FLOATS, Tile.ALL.get(Tile.FLOAT, x + 4L * k + 4));
                y0 = load(odd).fma(x1, y0);
                y1 = load(odd + LANES).fma(x1, y1);
                y2 = load(odd + 2 * LANES).fma(x1, y2);
                y3 = load(odd + 3 * LANES).fma(x1, y3);
            }
            store(y0, block, strip, y);
            store(y1, block, strip + LANES, y);
            store(y2, block, strip + 2 * LANES, y);
            store(y3, block, strip + 3 * LANES, y);
        }
    }

    @Override
    public void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        Tile.clear(y, yStride, rows);
        for (int k = 0; k < inputs; k += Tile.WIDTH) {
            int depth = Math.min(Tile.WIDTH, inputs - k);
            unpack(block(block) + (long) k * Tile.WIDTH, depth, scratch);
            Tile.multiplyAdd(scratch, depth, x + 4L * k, xStride, y, yStride, rows);
        }
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < Tile.WIDTH; column += LANES) {
                store(Tile.load(y + row * yStride + 4L * column), block, column, y + row * yStride);
            }
        }
    }

    /// `depth` inputs as floats, in the layout of a tile.
    private static void unpack(long start, int depth, long tile) {
        int size = depth * Tile.WIDTH;
        for (int i = 0; i < size; i += LANES) {
            Tile.store(load(start + i), tile + 4L * i);
        }
    }

    private static FloatVector load(long address) {
        return (FloatVector) ByteVector.fromMemorySegment(BYTES, Tile.ALL, address, Tile.ORDER).convertShape(VectorOperators.B2F,
                Tile.FLOATS, 0);
    }

    /// Writes sums times the scales of their outputs.
    private void store(FloatVector sums, int block, int column, long y) {
        Tile.store(sums.mul(Tile.load(scales.address() + 4L * (block * Tile.WIDTH + column))), y + 4L * column);
    }

    private long block(int block) {
        return memory.address() + (long) block * inputs * Tile.WIDTH;
    }
}
