package nanochat.objective;

import java.util.SplittableRandom;

/// The draws of one micro-batch of training after the other: they hang on the seed, the step and the micro-batch's number in it, see [Draws].
final class StepDraws {
    private final long seed;
    private int step;
    private int microStep;

    StepDraws(long seed) {
        this.seed = seed;
    }

    /// The next micro-batch is the first one of a step.
    void begin(int begun) {
        step = begun;
        microStep = 0;
    }

    /// Those of the next micro-batch.
    SplittableRandom next() {
        return Draws.of(seed, step, microStep++);
    }

    /// The micro-batches of the step are over.
    void end() {
        microStep = 0;
    }
}
