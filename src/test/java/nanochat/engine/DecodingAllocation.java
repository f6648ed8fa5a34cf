package nanochat.engine;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Set;
import nanochat.engine.kernel.Workers;

/// A program that prints how many bytes the thread of a batch allocates for a traced token once the compiler has seen enough: before, every vector is an
/// object. In a process of its own, because what ran before in a process decides what the compiler keeps off the heap.
final class DecodingAllocation {
    private static final int ROWS = 8;
    private static final int STEPS = 190;
    /// Bytes a token.
    static final double FEW = 32;

    private DecodingAllocation() {
    }

    public static void main(String[] arguments) {
        Generation request = new Generation(200, Sampling.atTemperature(1).withTopK(20), 1, Set.of(), true);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        double fewest = Double.MAX_VALUE;
        try (Workers workers = new Workers(2);
                Engine engine = TestEngines.of(RandomTensors.weights(SampleTraceTest.MODEL, 3, WeightFormat.F32), workers, 256, ROWS)) {
            for (int round = 0; round < 100 && fewest > FEW; round++) {
                try (ContinuousBatch batch = engine.newBatch(ROWS)) {
                    batch.submit(SampleTraceTest.PROMPT, ROWS, request, ColumnListener.NONE);
                    batch.step();
                    long before = threads.getCurrentThreadAllocatedBytes();
                    for (int step = 0; step < STEPS; step++) {
                        batch.step();
                    }
                    fewest = Math.min(fewest, (threads.getCurrentThreadAllocatedBytes() - before) / (double) (STEPS * ROWS));
                }
            }
        }
        System.out.println(fewest);
    }
}
