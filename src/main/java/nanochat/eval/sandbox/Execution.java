package nanochat.eval.sandbox;

/// What became of a program.
///
/// @param output what it printed, standard output and errors together, as far as it is kept
public record Execution(Outcome outcome, String output) {
    /// How it ended.
    public enum Outcome {
        /// It came to its end.
        PASSED,
        /// It stopped before: an error, or a limit on anything but time.
        FAILED,
        /// It took too long.
        TIMED_OUT
    }
}
