package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;
import nanochat.data.Batch;

/// Where randomness comes from, so that it needs no state: a run that is resumed draws what it would have drawn.
final class Draws {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    /// Of what is hidden when a model is measured: the same for every run, so that all are asked the same.
    private static final long MEASURING = 42;

    private Draws() {
    }

    /// For a micro-batch of a step of training.
    static SplittableRandom of(long seed, int step, int microStep) {
        return new SplittableRandom(mixed(mixed(mixed(seed) + GOLDEN * step) + microStep));
    }

    /// For a batch that a model is measured on: they depend on its tokens alone.
    static SplittableRandom of(Batch batch) {
        return new SplittableRandom(mixed(MEASURING + GOLDEN * Arrays.hashCode(batch.inputs())));
    }

    /// Moves `count` of the elements to the front, every selection equally likely: the beginning of a Fisher-Yates shuffle.
    static void select(int[] elements, int count, SplittableRandom random) {
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i, elements.length);
            int moved = elements[i];
            elements[i] = elements[other];
            elements[other] = moved;
        }
    }

    /// Near numbers far apart (Stafford's variant 13, as in SplittableRandom).
    private static long mixed(long z) {
        long first = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long second = (first ^ first >>> 27) * 0x94D049BB133111EBL;
        return second ^ second >>> 31;
    }
}
