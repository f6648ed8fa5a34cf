package nanochat.serve;

import java.time.Duration;

/// The most that one request may ask for. What is beyond is refused before anything is set aside for it.
///
/// @param head how long its sender may take to say what it wants
/// @param bodyBytes of its JSON
/// @param prompts in one request of completions
/// @param samples answers to one prompt (`n`)
/// @param stops strings that end an answer
/// @param stopLength characters of each
public record RequestLimits(Duration head, int bodyBytes, int prompts, int samples, int stops, int stopLength) {
    /// Enough for a harness that sends its questions by the hundred.
    public static final RequestLimits DEFAULT = new RequestLimits(Duration.ofSeconds(30), 4 << 20, 256, 16, 16, 256);
}
