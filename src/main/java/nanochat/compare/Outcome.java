package nanochat.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.objective.ObjectiveChoice;
import nanochat.train.PretrainingPlan;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What a training cost, and how its own measure went.
///
/// @param objective what was predicted in it
/// @param rate which multiple of the usual learning rates it had
/// @param flops that were spent, heads and all
/// @param tokens that were read
/// @param seconds spent in steps: no validation, no saving
/// @param memoryBytes the most that the process had in a step; of all that ran in it, so the first training of a process tells most
/// @param curve what was measured on the way, the last point at the end
public record Outcome(ObjectiveChoice objective, double rate, double flops, long tokens, int steps, double seconds,
        Optional<Long> memoryBytes, List<Point> curve) {
    public Outcome {
        curve = List.copyOf(curve);
    }

    /// A measurement on held-out text.
    ///
    /// @param seconds spent in steps until then
    /// @param value bits per byte where the objective defines them exactly, otherwise nats of a predicted token: to be compared with others of the same
    ///              objective alone
    public record Point(int step, double seconds, double value) {}

    double tokensPerSecond() {
        return tokens / seconds;
    }

    /// Spent in the first `step` steps, which all take the same.
    double secondsAt(int step) {
        return seconds * step / steps;
    }

    /// The last measurement.
    double value() {
        return curve.getLast().value;
    }

    /// Reads what a finished training left.
    ///
    /// @param metrics its file
    /// @throws BadInputException when it cannot be read, or tells of no measurement
    static Outcome read(Path metrics, PretrainingPlan plan, double rate) {
        double seconds = 0;
        Optional<Long> memory = Optional.empty();
        List<Point> curve = new ArrayList<>();
        for (JsonNode event : events(metrics)) {
            int step = event.path("step").asInt(0);
            switch (event.path("type").asString("")) {
                case "step" -> {
                    seconds = event.path("training_seconds").asDouble(seconds);
                    long bytes = event.path("memory_bytes").asLong(0);
                    memory = bytes == 0 ? memory : Optional.of(Math.max(bytes, memory.orElse(0L)));
                }
                case "evaluation" -> curve.add(new Point(step, seconds, event.path("bits_per_byte").asDouble()));
                case "held_out" -> curve.add(new Point(step, seconds, event.path("held_out").path("loss").asDouble()));
                default -> {
                } // of no concern
            }
        }
        if (curve.isEmpty()) {
            throw new BadInputException(metrics + " tells of no validation; delete its folder to train anew");
        }
        long tokens = plan.iterations() * plan.totalBatch();
        return new Outcome(plan.objective(), rate, (double) tokens * plan.flopsPerToken(), tokens, plan.iterations(), seconds, memory,
                curve);
    }

    private static List<JsonNode> events(Path metrics) {
        List<JsonNode> events = new ArrayList<>();
        try {
            // not strict about UTF-8: a run that was killed may have left half a character
            for (String line : new String(Files.readAllBytes(metrics), StandardCharsets.UTF_8).lines().toList()) {
                parsed(line).ifPresent(events::add);
            }
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + metrics + ": " + e.getMessage(), e);
        }
        return events;
    }

    private static Optional<JsonNode> parsed(String line) {
        try {
            return Optional.of(Json.LINE.readTree(line));
        } catch (JacksonException halfWritten) {
            return Optional.empty();
        }
    }
}
