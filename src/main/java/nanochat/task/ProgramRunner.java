package nanochat.task;

/// Runs Python programs that a model has written.
@FunctionalInterface
public interface ProgramRunner {
    /// Whether the program runs to its end, without an error and within its limits. Any number of threads may ask.
    boolean succeeds(String program);
}
