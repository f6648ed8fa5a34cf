package nanochat.train;

import java.util.concurrent.atomic.AtomicBoolean;

/// Asks a run to end early: it leaves the step it is in, saves what the one before left, and returns. A step of many micro-batches can take
/// minutes, and who asks may not wait so long; the resumed run takes the step again, with the same batches. Any thread may ask.
public final class StopSignal {
    private final AtomicBoolean requested = new AtomicBoolean();

    /// Thrown out of work that is left unfinished.
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

    /// Leaves the work under way if that was asked for.
    void check() {
        if (isRequested()) {
            throw new Requested();
        }
    }
}
