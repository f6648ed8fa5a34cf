package nanochat.compare;

import nanochat.io.Progress;

/// How far a comparison is, by the FLOPs of its trainings, which are nearly all of its time.
final class Work implements AutoCloseable {
    private final Progress progress = Progress.of("Comparing", 0, "FLOP");
    private long expected;

    /// There is more to do than was known.
    void expect(long flops) {
        expected += flops;
        progress.setTotal(expected);
    }

    /// Some of it was done before.
    void skip(long flops) {
        progress.skip(flops);
    }

    /// Some of it is done.
    ///
    /// @param detail what is under way
    void advance(long flops, String detail) {
        progress.advance(flops, detail);
    }

    /// Tells what is under way beside the trainings.
    void say(String text) {
        progress.print(text);
    }

    @Override
    public void close() {
        progress.close();
    }
}
