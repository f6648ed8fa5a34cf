package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import nanochat.tensor.Backend;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// Rotary embedding followed by a norm per head, in place.
final class RotaryKernels {
    private static final int CHUNK_ROWS = 64;
    private static final int PIECE_A = Team.KERNEL_SCRATCH;
    private static final int PIECE_B = Team.KERNEL_SCRATCH + 1;

    private final Team team;

    RotaryKernels(Team team) {
        this.team = team;
    }

    void forward(Tensor x, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize, float scale) {
        int heads = x.columns() / headSize;
        MemorySegment inverse = HostMemory.of(inverseRms);
        team.rows(x.rows(), CHUNK_ROWS, (first, last, worker) -> {
            FloatRow stream = new FloatRow(x, team.scratch(worker), PIECE_A);
            for (int row = first; row < last; row++) {
                stream.read(row);
                long angles = (long) (row % length) * (headSize / 2);
                for (int head = 0; head < heads; head++) {
                    long index = stream.index() + (long) head * headSize;
                    rotate(stream.segment(), index, HostMemory.of(cos), HostMemory.of(sin), angles, 1f, headSize / 2);
                    // the tables may be rounded (2025-11), so the length is taken after the rotation
                    float squares = RowMath.dot(stream.segment(), index, stream.segment(), index, headSize);
                    float factor = (float) (1 / Math.sqrt(squares / headSize + Backend.NORM_EPSILON));
                    RowMath.put(inverse, (long) row * heads + head, factor);
                    RowMath.scale(stream.segment(), index, stream.segment(), index, factor * scale, headSize);
                }
                stream.write();
            }
        });
    }

    void backward(Tensor gradient, Tensor out, Tensor inverseRms, Tensor cos, Tensor sin, int length, int headSize, float scale) {
        int heads = out.columns() / headSize;
        MemorySegment inverse = HostMemory.of(inverseRms);
        team.rows(out.rows(), CHUNK_ROWS, (first, last, worker) -> {
            FloatRow slope = new FloatRow(gradient, team.scratch(worker), PIECE_A);
            FloatRow result = new FloatRow(out, team.scratch(worker), PIECE_B);
            for (int row = first; row < last; row++) {
                slope.read(row);
                result.read(row);
                long angles = (long) (row % length) * (headSize / 2);
                for (int head = 0; head < heads; head++) {
                    long index = slope.index() + (long) head * headSize;
                    long resultIndex = result.index() + (long) head * headSize;
                    float factor = RowMath.get(inverse, (long) row * heads + head);
                    float mean = RowMath.dot(slope.segment(), index, result.segment(), resultIndex, headSize) / headSize;
                    // out = scale * y with y the normed head: gradient of the rotated head = inverse * (scale * g - y * mean(scale * g * y))
                    RowMath.mix(slope.segment(), index, slope.segment(), index, factor * scale, result.segment(), resultIndex,
                            -factor * mean / scale, headSize);
                    rotate(slope.segment(), index, HostMemory.of(cos), HostMemory.of(sin), angles, -1f, headSize / 2);
                }
                slope.write();
            }
        });
    }

    /// (x1, x2) becomes (x1 cos + x2 sin, -x1 sin + x2 cos), with sin times `direction`.
    private static void rotate(MemorySegment row, long index, MemorySegment cos, MemorySegment sin, long angles, float direction,
            int half) {
        int i = 0;
        for (int whole = Lanes.whole(half); i < whole; i += Lanes.WIDTH) {
            FloatVector c = Lanes.load(cos, angles + i);
            FloatVector s = Lanes.load(sin, angles + i).mul(direction);
            FloatVector x1 = Lanes.load(row, index + i);
            FloatVector x2 = Lanes.load(row, index + half + i);
            Lanes.store(x1.mul(c).add(x2.mul(s)), row, index + i);
            Lanes.store(x2.mul(c).sub(x1.mul(s)), row, index + half + i);
        }
        for (; i < half; i++) {
            float c = RowMath.get(cos, angles + i);
            float s = RowMath.get(sin, angles + i) * direction;
            float x1 = RowMath.get(row, index + i);
            float x2 = RowMath.get(row, index + half + i);
            RowMath.put(row, index + i, x1 * c + x2 * s);
            RowMath.put(row, index + half + i, x2 * c - x1 * s);
        }
    }
}
