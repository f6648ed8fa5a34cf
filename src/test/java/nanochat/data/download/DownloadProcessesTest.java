package nanochat.data.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import nanochat.data.download.MisbehavingServer.Misdeed;
import nanochat.data.download.MisbehavingServer.Plan;
import nanochat.data.parquet.ParquetDocumentWriter;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Whole processes, killed and run side by side. Oracle: the files on the server, byte for byte.
///
/// `-Dnanochat.download.test.mb=1000 -Dnanochat.download.test.kills=20` downloads a gigabyte instead of three megabytes.
class DownloadProcessesTest {
    private static final int TRAINING_SHARDS = 3;
    private static final long MEGABYTES = Long.getLong("nanochat.download.test.mb", 3);
    private static final int KILLS = Integer.getInteger("nanochat.download.test.kills", 4);
    private static final String HUB_PATH = "/datasets/karpathy/climbmix-400b-shuffle/resolve/main/";

    @TempDir
    Path folder;

    private final Map<String, Path> shards = new LinkedHashMap<>();
    private final List<Process> processes = new ArrayList<>();
    private Path base = Path.of("");

    @BeforeEach
    void writeShards() {
        base = folder.resolve("base");
        long documents = MEGABYTES * 1_000_000 / (TRAINING_SHARDS + 1) / 65_536;
        for (int number : new int[]{0, 1, 2, 6542}) {
            SplittableRandom random = new SplittableRandom(number);
            String name = "shard_%05d.parquet".formatted(number);
            Path file = folder.resolve("server").resolve(name);
            // 6 random bits a character: the shards are three quarters of the text
            ParquetDocumentWriter.write(file, LongStream.range(0, documents * 4 / 3).mapToObj(_ -> document(random)).iterator());
            shards.put(name, file);
        }
    }

    private static String document(SplittableRandom random) {
        byte[] text = new byte[65_536];
        for (int i = 0; i < text.length; i += 8) {
            long bits = random.nextLong();
            for (int j = 0; j < 8; j++) {
                text[i + j] = (byte) (' ' + ((bits >> 6 * j) & 63));
            }
        }
        return new String(text, StandardCharsets.US_ASCII);
    }

    private MisbehavingServer server(Plan plan) throws IOException {
        MisbehavingServer server = new MisbehavingServer(plan, Optional.empty());
        for (Map.Entry<String, Path> shard : shards.entrySet()) {
            server.put(HUB_PATH + shard.getKey(), shard.getValue());
        }
        return server;
    }

    private Process start(MisbehavingServer server, String... before) throws IOException {
        List<String> command = new ArrayList<>(List.of(before));
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp", System.getProperty("java.class.path"),
                DownloadProcess.class.getName(), base.toString(), server.address().toString(), String.valueOf(TRAINING_SHARDS),
                String.valueOf(MEGABYTES * 15_625)));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        processes.add(process);
        return process;
    }

    private static String output(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() + ": " + output;
    }

    private Path target(String shard) {
        return new BaseDirectory(base).baseData().resolve("climbmix", shard);
    }

    /// Whatever has its final name is right.
    private long wholeFiles() throws IOException {
        long whole = 0;
        for (Map.Entry<String, Path> shard : shards.entrySet()) {
            Path here = target(shard.getKey());
            if (Files.exists(here)) {
                assertThat(Files.mismatch(here, shard.getValue())).as("first wrong byte of " + here).isEqualTo(-1);
                whole++;
            }
        }
        return whole;
    }

    private void assertNothingElse() throws IOException {
        try (Stream<Path> here = Files.list(target("x").getParent())) {
            assertThat(here.map(path -> path.getFileName().toString())).containsExactlyInAnyOrderElementsOf(shards.keySet());
        }
    }

    /// Mostly connections that are cut, now and then something worse; never so often that the process gives up.
    private static Plan misdeeds(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Misdeed> choice = List.of(Misdeed.NONE, Misdeed.CUT, Misdeed.CUT, Misdeed.CUT, Misdeed.CUT_CHUNK, Misdeed.UNAVAILABLE,
                Misdeed.TOO_MANY_REQUESTS, Misdeed.LENGTH_TOO_GREAT, Misdeed.WRONG_PART, Misdeed.GARBAGE, Misdeed.REDIRECTION_LOOP);
        return _ -> {
            synchronized (random) {
                return choice.get(random.nextInt(choice.size()));
            }
        };
    }

    @Test
    void killedAtAnyMomentNothingWrongEverHasAFinalName() throws Exception {
        SplittableRandom random = new SplittableRandom(23);
        long bytes = shards.values().stream().mapToLong(shard -> shard.toFile().length()).sum();
        try (MisbehavingServer server = server(misdeeds(7))) {
            int killed = 0;
            while (wholeFiles() < shards.size()) {
                Process process = start(server);
                // the moment is when the server has sent so much more: it does not depend on how busy the machine is
                long moment = server.bytesSent() + random.nextLong(bytes / 3);
                while (killed < KILLS && process.isAlive() && server.bytesSent() < moment) {
                    Thread.sleep(1);
                }
                if (killed < KILLS && process.isAlive()) {
                    killed++;
                    process.destroyForcibly().waitFor();
                } else {
                    assertThat(output(process)).startsWith("0: ");
                }
            }
            System.err.printf("%d bytes in %d files; %d processes, %d of them killed; %d requests, %d bytes sent%n", bytes, shards.size(),
                    processes.size(), killed, server.requests().size(), server.bytesSent());
            assertThat(killed).isPositive();
            assertThat(output(start(server))).isEqualTo("0: 0");
            assertNothingElse();
        }
    }

    /// But for a write that the stop interrupted: what it had written is not counted and comes again.
    @Test
    void askedToStopItNotesWhatCame() throws Exception {
        try (MisbehavingServer server = server(_ -> Misdeed.STALL)) {
            Process process = start(server);
            for (long before = -1; server.bytesSent() == 0 || server.bytesSent() != before;) {
                before = server.bytesSent();
                Thread.sleep(500);
            }
            process.destroy();
            process.waitFor();
            List<Path> parts;
            try (Stream<Path> here = Files.list(target("x").getParent())) {
                parts = here.filter(path -> path.toString().endsWith(".partial")).toList();
            }
            assertThat(parts).isNotEmpty().allSatisfy(part -> assertThat(
                    Json.LINE.readTree(Files.readString(part.resolveSibling(part.getFileName() + ".json"))).get("bytes").asLong())
                    .isBetween(1L, Files.size(part)));
        }
    }

    @Test
    void twoProcessesShareTheWork() throws Exception {
        try (MisbehavingServer server = server(_ -> Misdeed.NONE)) {
            List<String> outputs = new ArrayList<>();
            for (Process process : List.of(start(server), start(server))) {
                outputs.add(output(process));
            }
            assertThat(outputs).allSatisfy(output -> assertThat(output).startsWith("0: "));
            assertThat(outputs.stream().mapToInt(output -> Integer.parseInt(output.substring(3))).sum()).isEqualTo(shards.size());
            assertThat(server.requests()).hasSize(shards.size());
            assertThat(wholeFiles()).isEqualTo(shards.size());
            assertNothingElse();
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aFullDiskIsAClearErrorAndLosesNothing() throws Exception {
        long largest = shards.values().stream().mapToLong(shard -> shard.toFile().length()).max().orElseThrow();
        try (MisbehavingServer server = server(_ -> Misdeed.NONE)) {
            // a limit on the size of files stands in for a disk with no room for the last part of one
            String limited = output(start(server, "bash", "-c", "ulimit -f " + largest * 2 / 3 / 1024 + "; exec \"$@\"", "bash"));
            assertThat(limited).startsWith("1: Cannot write " + base).contains(".partial: ", "free space", "run the command again");
            assertThat(wholeFiles()).isZero();
            long before = server.bytesSent();
            assertThat(output(start(server))).isEqualTo("0: " + shards.size());
            assertThat(wholeFiles()).isEqualTo(shards.size());
            long whole = shards.values().stream().mapToLong(shard -> shard.toFile().length()).sum();
            assertThat(server.bytesSent() - before).isLessThan(whole);
        }
    }
}
