package nanochat.data.download;

import java.time.Duration;

/// How patient downloads are.
///
/// @param stall a connection that brings no byte for so long is given up
/// @param failures attempts in a row that bring a file no further, before it is given up
/// @param firstDelay the longest pause after the first such attempt; doubled after each further one
/// @param longestDelay what that doubling ends at
/// @param longestRetryAfter what a server may ask for at most by `Retry-After`
/// @param bytesBetweenSyncs how much of a file may be lost when the machine loses its power
public record DownloadSettings(Duration stall, int failures, Duration firstDelay, Duration longestDelay, Duration longestRetryAfter,
        long bytesBetweenSyncs) {
    /// For the internet.
    public static final DownloadSettings DEFAULT = new DownloadSettings(Duration.ofSeconds(30), 8, Duration.ofSeconds(1),
            Duration.ofSeconds(60), Duration.ofMinutes(5), 16 << 20);
}
