package nanochat.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The metrics of a run: a file of JSON lines, one per [RunEvent] with the `time` it happened (UTC), each written through at once.
public final class MetricsLog implements RunListener, AutoCloseable {
    /// The file's name in the folder of a model.
    public static final String FILE_NAME = "metrics.jsonl";

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

    /// Of a run that goes on from `step`: what the file says of later steps, which are taken again, is dropped.
    static MetricsLog of(Path folder, int step) {
        Path file = folder.resolve(FILE_NAME);
        if (Files.exists(file)) {
            AtomicFile.write(file, to -> {
                for (String line : Files.readAllLines(file)) {
                    if (isBefore(line, step)) {
                        to.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                    }
                }
            });
        }
        return new MetricsLog(file);
    }

    /// Whether a line is of what came before `step`; half a line, of a run that was killed, is not. Headers stay.
    private static boolean isBefore(String line, int step) {
        try {
            JsonNode event = Json.LINE.readTree(line);
            return event.path("step").asInt(step) < step || event.path("type").asString("").equals("run") && step > 0;
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
