package nanochat.train;

import java.util.concurrent.CountDownLatch;

/// Turns Ctrl-C and SIGTERM into a [StopSignal], and keeps the Java machine alive until the run has saved itself. Close it when there is
/// nothing left to save or to say. The process then ends with the code of the signal: 130 after Ctrl-C, 143 after SIGTERM.
public final class SaveOnInterrupt implements AutoCloseable {
    private final StopSignal stop;
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook = new Thread(this::interrupted, "save-on-interrupt");

    public SaveOnInterrupt(StopSignal stop) {
        this.stop = stop;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /// What happens when the process is asked to end: returns when the run is over.
    void interrupted() {
        stop.request();
        System.err.println("\nStopping and saving...");
        try {
            finished.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        finished.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyEnding) {
            // the process is ending: the hook has run or is about to, and no longer waits
        }
    }
}
