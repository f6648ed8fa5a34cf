package nanochat.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The machine a program runs on, as far as figures measured on it depend on it.
///
/// @param processor its model
/// @param cores how many threads it runs at once, as far as this process may use them
/// @param memoryBytes main memory; 0 where the system does not tell
/// @param system operating system and architecture
/// @param java the Java runtime
/// @param bf16Products whether the processor multiplies bfloat16 numbers itself
public record Machine(String processor, int cores, long memoryBytes, String system, String java, boolean bf16Products) {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final Path MEMORY_INFO = Path.of("/proc/meminfo");
    /// The names x86 and Arm processors give to products of bfloat16 numbers.
    private static final Set<String> BF16_FLAGS = Set.of("avx512_bf16", "amx_bf16", "bf16");

    /// Asks Linux's `/proc` where there is one.
    public static Machine current() {
        List<String> cpu = lines(CPU_INFO);
        String processor = value(cpu, "model name");
        boolean bf16 = allowsBf16(System.getenv().getOrDefault("ONEDNN_MAX_CPU_ISA", "")) && Arrays.stream((value(cpu, "flags") + " "
                + value(cpu, "Features")).split(" ")).anyMatch(BF16_FLAGS::contains);
        String kilobytes = value(lines(MEMORY_INFO), "MemTotal").replace(" kB", "");
        return new Machine(processor.isEmpty() ? System.getProperty("os.arch") : processor, Runtime.getRuntime().availableProcessors(),
                kilobytes.isEmpty() ? 0 : Long.parseLong(kilobytes) << 10,
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"),
                System.getProperty("java.vm.name") + " " + Runtime.version(), bf16);
    }

    /// Whether what oneDNN is told to use at most has bf16 products.
    static boolean allowsBf16(String mostInstructions) {
        String most = mostInstructions.toUpperCase(Locale.ROOT);
        return most.isEmpty() || most.equals("ALL") || most.equals("DEFAULT") || most.contains("BF16") || most.contains("FP16")
                || most.contains("AMX") || most.contains("AVX10");
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    /// What follows `key` and a colon in the first line that begins so, or nothing.
    private static String value(List<String> lines, String key) {
        return lines.stream().filter(line -> line.split(":", 2)[0].strip().equals(key)).findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse("");
    }
}
