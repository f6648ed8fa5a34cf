package nanochat.train;

/// Hears what happens in a run, as it happens, on the thread that trains.
@FunctionalInterface
public interface RunListener {
    void on(RunEvent event);
}
