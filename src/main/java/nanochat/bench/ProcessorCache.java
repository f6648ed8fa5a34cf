package nanochat.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much the largest cache of a processor holds, as Linux tells it.
final class ProcessorCache {
    private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

    private ProcessorCache() {
    }

    /// Bytes of the last-level cache; 0 where the system does not tell.
    static long lastLevelBytes() {
        return lastLevelBytes(CACHES);
    }

    /// @param caches a folder with a folder `index...` for each cache
    static long lastLevelBytes(Path caches) {
        long largest = 0;
        if (Files.isDirectory(caches)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(caches, "index*")) {
                for (Path cache : all) {
                    largest = Math.max(largest, bytes(Files.readString(cache.resolve("size")).strip()));
                }
            } catch (IOException unreadable) {
                return 0;
            }
        }
        return largest;
    }

    /// Such as `32768K`.
    private static long bytes(String size) {
        if (!size.matches("\\d+[KMG]?")) {
            return 0;
        }
        long number = Long.parseLong(size.replaceAll("\\D", ""));
        return switch (size.charAt(size.length() - 1)) {
            case 'K' -> number << 10;
            case 'M' -> number << 20;
            case 'G' -> number << 30;
            default -> number;
        };
    }
}
