package nanochat.engine;

import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import nanochat.engine.kernel.Kernels;
import nanochat.engine.kernel.Workers;
import nanochat.model.GptConfig;

/// Has the engine's kernels compiled while a model is loading, by passes of a tiny one.
///
/// A kernel that the Java machine only interprets makes an object of every vector: a thousand times slower than when it is compiled. What is
/// worse, a real pass calls the pieces of the Vector API so often that these are compiled first, one by one, and the kernels, into which they
/// would be inlined, wait behind them. A tiny pass calls each kernel often enough and the pieces seldom. How often is enough says the launcher
/// (`CompileThresholdScaling`).
public final class WarmUp {
    private static final int PROMPT = 13; // eight rows and four and one, of which each has a kernel
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(2);
    /// A pass this short is not interpreted any more.
    private static final long COMPILED = TimeUnit.MICROSECONDS.toNanos(600);
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(3);

    private WarmUp() {
    }

    /// Starts it, on a thread of its own. Until it is done, this process computes with scalars where it can, which is where the matrices are in bf16;
    /// elsewhere one should wait for the thread.
    ///
    /// @param format of the matrices of the model that is loading
    /// @param atOnce whether nobody is waiting for a short answer; else nothing is compiled before that is worth while ([Kernels#awaitNeed])
    public static Thread start(WeightFormat format, boolean atOnce) {
        if (format == WeightFormat.BF16) {
            Kernels.beginWithScalars();
        }
        return Thread.ofPlatform().daemon().name("warm-up").start(() -> {
            if (!atOnce) {
                Kernels.awaitNeed();
            }
            run(format);
        });
    }

    /// Returns when the kernels are compiled; from then on everybody uses them.
    static void run(WeightFormat format) {
        Kernels.warmUpHere();
        try {
            compile(format);
        } finally {
            Kernels.useVectors();
        }
    }

    private static void compile(WeightFormat format) {
        GptConfig tiny = GptConfig.ofDepth(1, 64, 64, 2 * PROMPT, 64, "L");
        int[] prompt = IntStream.range(0, PROMPT).toArray();
        long end = System.nanoTime() + LONGEST;
        try (Arena arena = Arena.ofShared();
                Workers alone = new Workers(1);
                InferenceGpt gpt = new InferenceGpt(EngineWeights.zeros(tiny, format, arena), alone, tiny.sequenceLength());
                KvCache cache = gpt.newCache()) {
            while (true) {
                Sequence sequence = cache.newSequence();
                long start = System.nanoTime();
                gpt.prefill(sequence, prompt, 0, PROMPT);
                gpt.decode(new Sequence[]{sequence}, prompt, 1);
                long now = System.nanoTime();
                if (now - start < COMPILED || now > end) {
                    return;
                }
                sequence.release();
                LockSupport.parkNanos(PAUSE); // the compiler needs the processor more
            }
        }
    }
}
