package nanochat.eval.sandbox;

/// What a program may use.
///
/// @param seconds by the clock
/// @param processorSeconds of computing
/// @param addressSpaceBytes memory of all kinds (macOS does not limit it)
/// @param fileBytes size of a file
/// @param openFiles files open at once
/// @param outputBytes of what it prints, how much is kept; it may print more
public record Limits(int seconds, int processorSeconds, long addressSpaceBytes, long fileBytes, int openFiles, int outputBytes) {
    /// What HumanEval's programs get.
    public static final Limits DEFAULT = new Limits(5, 5, 256L << 20, 16L << 20, 64, 64 << 10);

    public Limits {
        if (seconds < 1 || processorSeconds < 1 || addressSpaceBytes < 1 || fileBytes < 0 || openFiles < 8 || outputBytes < 0) {
            throw new IllegalArgumentException("no program can run within these limits");
        }
    }
}
