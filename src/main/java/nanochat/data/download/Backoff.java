package nanochat.data.download;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// How long to pause after a failed attempt: exponential backoff with full jitter, a uniformly random part of a limit that doubles with every
/// failure, so that clients that failed together do not come back together (M. Brooker, "Exponential Backoff And Jitter", 2015).
record Backoff(DownloadSettings settings, RandomGenerator random) {
    /// @param failures attempts that failed in a row, at least 1
    /// @param retryAfter what the server asked for: never come back earlier, within the limit of the settings
    Duration delay(int failures, Optional<Duration> retryAfter) {
        double limit = Math.min(settings.longestDelay().toMillis(), settings.firstDelay().toMillis() * Math.pow(2, failures - 1));
        Duration jittered = Duration.ofMillis((long) (random.nextDouble() * limit));
        Duration asked = retryAfter.orElse(Duration.ZERO);
        if (asked.compareTo(settings.longestRetryAfter()) > 0) {
            asked = settings.longestRetryAfter();
        }
        return asked.plus(jittered);
    }
}
