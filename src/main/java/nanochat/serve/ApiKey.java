package nanochat.serve;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import nanochat.io.BadInputException;
import nanochat.io.Sha256;

/// A secret by which a client is known. Only its hash is kept, so comparing takes the same time whatever was guessed.
public final class ApiKey {
    private static final int SHORTEST = 8;
    private static final int NAME_DIGITS = 32;
    private static final Set<PosixFilePermission> OF_OTHERS = Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

    /// What may stand behind a key in a file.
    private static final String NO_PREFIX_SHARING = "no-prefix-sharing";

    private final byte[] hash;
    private final boolean sharesPrefixes;

    private ApiKey(byte[] hash, boolean sharesPrefixes) {
        this.hash = hash;
        this.sharesPrefixes = sharesPrefixes;
    }

    /// @throws BadInputException when it is too short, or could not stand in a header
    public static ApiKey of(String secret) {
        if (secret.length() < SHORTEST || secret.chars().anyMatch(character -> character <= ' ' || character > '~')) {
            throw new BadInputException("An API key has at least " + SHORTEST + " characters, without spaces, of ASCII");
        }
        return new ApiKey(hash(secret), true);
    }

    /// The same key, of whose requests nothing is kept for others that begin alike.
    public ApiKey withoutPrefixSharing() {
        return new ApiKey(hash, false);
    }

    /// The keys of a file, one a line; empty lines and those that begin with # are passed over. `no-prefix-sharing` behind a key is for it alone.
    ///
    /// @throws BadInputException when there is none, or others than its owner may read or write the file
    public static List<ApiKey> read(Path file) {
        try {
            Set<PosixFilePermission> permissions = Files.getFileStore(file).supportsFileAttributeView("posix")
                    ? Files.getPosixFilePermissions(file)
                    : Set.of();
            if (permissions.stream().anyMatch(OF_OTHERS::contains)) {
                throw new BadInputException("The key file " + file
                        + " can be read or written by others than its owner. Change that:  chmod 600 " + file);
            }
            List<ApiKey> keys = new ArrayList<>();
            int number = 0;
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                number++;
                if (!line.isBlank() && !line.startsWith("#")) {
                    keys.add(ofLine(line.strip(), file, number));
                }
            }
            if (keys.isEmpty()) {
                throw new BadInputException("There is no key in " + file + ": write one on a line");
            }
            return keys;
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no key file " + file, e);
        } catch (CharacterCodingException e) {
            throw new BadInputException("The key file " + file + " is no text", e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read the key file " + file + ": " + e.getMessage(), e);
        }
    }

    private static ApiKey ofLine(String line, Path file, int number) {
        String[] words = line.split("\\s+");
        try {
            if (words.length == 2 && words[1].equals(NO_PREFIX_SHARING)) {
                return of(words[0]).withoutPrefixSharing();
            }
            return of(line);
        } catch (BadInputException wrong) {
            throw new BadInputException(file + ", line " + number + ": " + wrong.getMessage()
                    + (words.length > 1 ? "; behind it may stand " + NO_PREFIX_SHARING : ""), wrong);
        }
    }

    /// Whether what its requests have read may serve others of the same key.
    boolean sharesPrefixes() {
        return sharesPrefixes;
    }

    /// A name that only this key has, today and tomorrow, and that tells nothing of it.
    String name() {
        return "key-" + Sha256.hex(withPrefix(hash)).substring(0, NAME_DIGITS);
    }

    private static MessageDigest withPrefix(byte[] hash) {
        MessageDigest digest = Sha256.begin();
        digest.update("name of a key".getBytes(StandardCharsets.UTF_8));
        digest.update(hash);
        return digest;
    }

    /// Whether it is this one.
    boolean matches(String shown) {
        return MessageDigest.isEqual(hash, hash(shown));
    }

    private static byte[] hash(String secret) {
        return Sha256.begin().digest(secret.getBytes(StandardCharsets.UTF_8));
    }
}
