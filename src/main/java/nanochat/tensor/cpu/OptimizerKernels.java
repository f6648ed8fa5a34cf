package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import nanochat.tensor.AdamWStep;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// AdamW: one pass over parameter, gradient and both moments.
final class OptimizerKernels {
    private static final int CHUNK = 1 << 16;

    private final Team team;

    OptimizerKernels(Team team) {
        this.team = team;
    }

    void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
        MemorySegment p = HostMemory.of(parameter);
        MemorySegment g = HostMemory.of(gradient);
        MemorySegment m = HostMemory.of(firstMoment);
        MemorySegment v = HostMemory.of(secondMoment);
        float decay = 1 - step.learningRate() * step.weightDecay();
        float size = (float) (step.learningRate() / (1 - Math.pow(step.beta1(), step.step())));
        float debias = (float) (1 / (1 - Math.pow(step.beta2(), step.step())));
        int chunks = Math.toIntExact((parameter.size() + CHUNK - 1) / CHUNK);
        team.run(chunks, (chunk, worker) -> {
            long first = (long) chunk * CHUNK;
            int count = (int) Math.min(CHUNK, parameter.size() - first);
            update(p, g, m, v, first, count, decay, size, debias, step);
        });
    }

    private static void update(MemorySegment p, MemorySegment g, MemorySegment m, MemorySegment v, long first, int count, float decay,
            float size, float debias, AdamWStep step) {
        float rest1 = 1 - step.beta1();
        float rest2 = 1 - step.beta2();
        FloatVector weight1 = FloatVector.broadcast(Lanes.FLOATS, rest1);
        FloatVector weight2 = FloatVector.broadcast(Lanes.FLOATS, rest2);
        int i = 0;
        for (int whole = Lanes.whole(count); i < whole; i += Lanes.WIDTH) {
            long index = first + i;
            FloatVector gradient = Lanes.load(g, index);
            FloatVector oldFirst = Lanes.load(m, index);
            FloatVector oldSecond = Lanes.load(v, index);
            FloatVector newFirst = gradient.sub(oldFirst).fma(weight1, oldFirst);
            FloatVector newSecond = gradient.mul(gradient).sub(oldSecond).fma(weight2, oldSecond);
            Lanes.store(newFirst, m, index);
            Lanes.store(newSecond, v, index);
            FloatVector change = newFirst.mul(size).div(newSecond.mul(debias).sqrt().add(step.epsilon()));
            Lanes.store(Lanes.load(p, index).mul(decay).sub(change), p, index);
        }
        for (; i < count; i++) {
            long index = first + i;
            float gradient = RowMath.get(g, index);
            float newFirst = Math.fma(gradient - RowMath.get(m, index), rest1, RowMath.get(m, index));
            float newSecond = Math.fma(gradient * gradient - RowMath.get(v, index), rest2, RowMath.get(v, index));
            RowMath.put(m, index, newFirst);
            RowMath.put(v, index, newSecond);
            float change = newFirst * size / ((float) Math.sqrt(newSecond * debias) + step.epsilon());
            RowMath.put(p, index, RowMath.get(p, index) * decay - change);
        }
    }
}
