package nanochat.data.download;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/// What a server tells about the version of a file it sends, so that parts that were sent at different times are never joined unless they
/// are parts of the same version.
///
/// @param etag the entity tag, as sent
/// @param lastModified the date, as sent; only where it can tell versions apart
/// @param size of the whole file in bytes
/// @param checksum of the whole file
record RemoteVersion(Optional<String> etag, Optional<String> lastModified, Optional<Long> size, Optional<Checksum> checksum) {
    /// Nothing is known.
    static final RemoteVersion UNKNOWN = new RemoteVersion(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /// From the headers of the response that carries the content.
    static RemoteVersion of(HttpHeaders headers, Optional<Long> size, Optional<Checksum> checksum) {
        return new RemoteVersion(headers.firstValue("ETag"), strongLastModified(headers), size, checksum);
    }

    /// A date is enough only if it was at least a second old when it was sent (RFC 9110, 8.8.2.2): files can change twice in a second.
    private static Optional<String> strongLastModified(HttpHeaders headers) {
        return headers.firstValue("Last-Modified").filter(text -> HttpDate.parse(text)
                .flatMap(modified -> HttpDate.of(headers, "Date").map(sent -> Duration.between(modified, sent).toSeconds() >= 1))
                .orElse(false));
    }

    /// The value of `If-Range` that makes the server send the rest of this version or the whole of another one. A weak entity tag cannot.
    Optional<String> ifRange() {
        return etag.isPresent() ? etag.filter(tag -> !tag.startsWith("W/")) : lastModified;
    }

    /// Whether it is safe to ask for the rest only: another version would be noticed, at once or at the end.
    boolean canBeResumed() {
        return ifRange().isPresent() || checksum.isPresent();
    }

    /// Whether `other` is certainly another version. Equal checksums outweigh entity tags, which may differ between servers.
    boolean contradicts(RemoteVersion other) {
        if (differ(size, other.size) || differ(checksum, other.checksum)) {
            return true;
        }
        boolean sameContent = checksum.isPresent() && checksum.equals(other.checksum);
        return !sameContent && (differ(etag, other.etag)
                || (etag.isEmpty() && other.etag.isEmpty() && differ(lastModified, other.lastModified)));
    }

    private static <T> boolean differ(Optional<T> one, Optional<T> other) {
        return one.isPresent() && other.isPresent() && !Objects.equals(one, other);
    }

    /// With what `later` tells and this does not.
    RemoteVersion completedBy(RemoteVersion later) {
        return new RemoteVersion(etag.or(later::etag), lastModified.or(later::lastModified), size.or(later::size),
                checksum.or(later::checksum));
    }

    /// With the size that the complete content turned out to have.
    RemoteVersion withSize(long bytes) {
        return new RemoteVersion(etag, lastModified, Optional.of(bytes), checksum);
    }
}
