package nanochat.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// How much memory this process takes, on and off the Java heap.
public final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CONTROL_GROUP = Path.of("/sys/fs/cgroup/memory.max");
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern NUMBER = Pattern.compile("\\s*(\\d{1,18})\\b");

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

    /// The most it could ever have, in bytes: what the machine has, or less where a control group or a limit of the process says so; empty where the
    /// system does not tell.
    public static Optional<Long> limitBytes() {
        long machine = Machine.current().memoryBytes();
        return Stream.concat(machine > 0 ? Stream.of(machine) : Stream.empty(), Stream.concat(number(CONTROL_GROUP, ""), number(LIMITS,
                "Max address space"))).min(Long::compare);
    }

    /// The first number behind a name in a file; nothing where there is none, as for "unlimited".
    private static Stream<Long> number(Path file, String name) {
        try {
            return Files.exists(file)
                    ? Files.readAllLines(file).stream().filter(line -> line.startsWith(name)).map(line -> NUMBER.matcher(line.substring(name
                            .length()))).filter(Matcher::lookingAt).map(found -> Long.parseLong(found.group(1))).limit(1)
                    : Stream.empty();
        } catch (IOException unreadable) {
            return Stream.empty();
        }
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
