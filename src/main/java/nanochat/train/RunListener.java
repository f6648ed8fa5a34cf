package nanochat.train;

/// Hears what happens in a run, as it happens, on the thread that trains.
@FunctionalInterface
public interface RunListener {
    void on(RunEvent event);

    /// Tells both, this one first.
    default RunListener and(RunListener other) {
        return event -> {
            on(event);
            other.on(event);
        };
    }
}
