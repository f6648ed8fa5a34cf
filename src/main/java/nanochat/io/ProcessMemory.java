package nanochat.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// How much memory this process takes, on and off the Java heap.
public final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {
    }

    /// The most it ever took, in bytes, as Linux keeps it; empty where the system does not tell.
    public static Optional<Long> peakBytes() {
        return bytes("VmHWM:");
    }

    /// What it takes now, in bytes; empty where the system does not tell.
    public static Optional<Long> bytes() {
        return bytes("VmRSS:");
    }

    private static Optional<Long> bytes(String field) {
        if (!Files.exists(STATUS)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith(field)).map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10).findFirst();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }
}
