package nanochat.train;

import java.util.concurrent.atomic.AtomicBoolean;

/// Asks a run to end early: it finishes the step it is in, saves its state and returns. Any thread may ask.
public final class StopSignal {
    private final AtomicBoolean requested = new AtomicBoolean();

    /// Thrown out of work that can be left unfinished.
    static final class Requested extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Requested() {
            super("asked to stop", null, false, false);
        }
    }

    public void request() {
        requested.set(true);
    }

    public boolean isRequested() {
        return requested.get();
    }

    /// Ends work that can be left unfinished.
    void check() {
        if (isRequested()) {
            throw new Requested();
        }
    }
}
