package nanochat.data.download;

import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which bytes of a file a response holds: the header `Content-Range: bytes first-last/size`, or `bytes */size` in a refusal.
///
/// @param first number of the first byte, empty in a refusal
/// @param last number of the last byte, empty in a refusal
/// @param size of the whole file, empty where the server does not know it
record ContentRange(Optional<Long> first, Optional<Long> last, Optional<Long> size) {
    private static final Pattern SYNTAX = Pattern.compile("bytes (?:(\\d{1,18})-(\\d{1,18})|\\*)/(?:(\\d{1,18})|\\*)");

    /// Empty where the header is missing or means nothing.
    static Optional<ContentRange> of(HttpHeaders headers) {
        return headers.firstValue("Content-Range").map(SYNTAX::matcher).filter(Matcher::matches)
                .map(found -> new ContentRange(number(found, 1), number(found, 2), number(found, 3)));
    }

    private static Optional<Long> number(Matcher found, int group) {
        return Optional.ofNullable(found.group(group)).map(Long::valueOf);
    }

    /// Whether these bytes follow the first `start` ones of the file. A server may send fewer than it was asked for.
    boolean follows(long start) {
        return first.isPresent() && last.isPresent() && first.get() == start && last.get() >= start
                && (size.isEmpty() || last.get() < size.get());
    }
}
