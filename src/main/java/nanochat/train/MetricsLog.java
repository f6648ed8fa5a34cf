package nanochat.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// The metrics of a run: a file of JSON lines, one per [RunEvent] with the `time` it happened (UTC), each written through at once.
public final class MetricsLog implements RunListener, AutoCloseable {
    /// The file's name in the folder of a model.
    public static final String FILE_NAME = "metrics.jsonl";

    /// Beside it, the lines of steps that were taken again after a resume, in the order in which they were dropped.
    static final String DROPPED = "metrics.dropped.jsonl";

    private final Path file;
    private final BufferedWriter out;

    private MetricsLog(Path file) {
        this.file = file;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            out = Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /// Of a run that goes on from `step`: what the file says of later steps, which are taken again, moves to [#DROPPED], so that it tells of one
    /// run from its beginning.
    static MetricsLog of(Path folder, int step) {
        Path file = folder.resolve(FILE_NAME);
        if (Files.exists(file)) {
            List<String> kept = new ArrayList<>();
            List<String> dropped = new ArrayList<>();
            lines(file).forEach(line -> (isBefore(line, step) ? kept : dropped).add(line));
            if (!dropped.isEmpty()) {
                append(folder.resolve(DROPPED), dropped);
                AtomicFile.writeString(file, joined(kept));
            }
        }
        return new MetricsLog(file);
    }

    private static List<String> lines(Path file) {
        try {
            // not strict about UTF-8: a run that was killed may have left half a character
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static void append(Path file, List<String> lines) {
        try {
            Files.writeString(file, joined(lines), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new BadInputException("Cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static String joined(List<String> lines) {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    /// Whether a line is of what came before `step`; half a line, of a run that was killed, is not.
    private static boolean isBefore(String line, int step) {
        try {
            return Json.LINE.readTree(line).path("step").asInt(step) < step;
        } catch (JacksonException halfWritten) {
            return false;
        }
    }

    @Override
    public void on(RunEvent event) {
        try {
            ObjectNode line = Json.LINE.valueToTree(event);
            line.put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
            out.write(line + "\n");
            out.flush();
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private BadInputException unwritable(IOException e) {
        return new BadInputException("Cannot write " + file + ": " + e.getMessage(), e);
    }
}
