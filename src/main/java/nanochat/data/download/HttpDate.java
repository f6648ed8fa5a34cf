package nanochat.data.download;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// Dates in headers, `Sun, 06 Nov 1994 08:49:37 GMT`.
final class HttpDate {
    private HttpDate() {
    }

    /// Empty where the header is missing or holds something else.
    static Optional<Instant> of(HttpHeaders headers, String name) {
        return headers.firstValue(name).flatMap(HttpDate::parse);
    }

    static Optional<Instant> parse(String text) {
        try {
            return Optional.of(ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
        } catch (DateTimeException notADate) {
            return Optional.empty();
        }
    }
}
