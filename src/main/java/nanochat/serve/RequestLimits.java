package nanochat.serve;

/// The most that one request may ask for. What is beyond is refused before anything is set aside for it.
///
/// @param bodyBytes of its JSON
/// @param prompts in one request of completions
/// @param samples answers to one prompt (`n`)
/// @param stops strings that end an answer
/// @param stopLength characters of each
public record RequestLimits(int bodyBytes, int prompts, int samples, int stops, int stopLength) {
    /// Enough for a harness that sends its questions by the hundred.
    public static final RequestLimits DEFAULT = new RequestLimits(4 << 20, 256, 16, 16, 256);
}
