package nanochat.data.download;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A server's word on the content of a whole file.
///
/// @param algorithm as [MessageDigest] names it
/// @param hex the digest in lower case
record Checksum(String algorithm, String hex) {
    private static final Pattern SHA256_HEX = Pattern.compile("\"?([0-9a-fA-F]{64})\"?");
    private static final Pattern REPRESENTATION_DIGEST = Pattern.compile("(?:^|[, ])sha-256=:([A-Za-z0-9+/=]+):");

    /// What a response tells of the whole file: `X-Linked-ETag` of the Hugging Face Hub (SHA-256 for files in its large file storage) or
    /// `Repr-Digest` (RFC 9530).
    static Optional<Checksum> of(HttpHeaders headers) {
        Optional<Checksum> linked = headers.firstValue("X-Linked-ETag").map(SHA256_HEX::matcher).filter(Matcher::matches)
                .map(found -> new Checksum("SHA-256", found.group(1).toLowerCase(Locale.ROOT)));
        return linked.or(() -> headers.firstValue("Repr-Digest").map(REPRESENTATION_DIGEST::matcher).filter(Matcher::find)
                .flatMap(found -> fromBase64("SHA-256", 32, found.group(1))));
    }

    /// What `Content-MD5` tells of the bytes in the body: the whole file, if the whole file was sent.
    static Optional<Checksum> ofWholeBody(HttpHeaders headers) {
        return headers.firstValue("Content-MD5").flatMap(value -> fromBase64("MD5", 16, value.strip()));
    }

    private static Optional<Checksum> fromBase64(String algorithm, int length, String base64) {
        try {
            byte[] digest = Base64.getDecoder().decode(base64);
            return digest.length == length ? Optional.of(new Checksum(algorithm, HexFormat.of().formatHex(digest))) : Optional.empty();
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    /// Whether a file has this content; reads all of it.
    boolean matches(Path file) throws IOException {
        MessageDigest digest = digest();
        byte[] buffer = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest()).equals(hex);
    }

    private MessageDigest digest() {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
