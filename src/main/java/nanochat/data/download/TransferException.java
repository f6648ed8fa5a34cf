package nanochat.data.download;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// An attempt failed in a way that the next one may not.
final class TransferException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Duration> retryAfter;

    TransferException(String message) {
        this(message, Optional.empty());
    }

    /// @param retryAfter how long the server asked to wait
    TransferException(String message, Optional<Duration> retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
