package nanochat.runs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// A line of metrics about a step, read without making a tree of it: a long run has a hundred thousand of them. Kept for the next line.
final class StepLine {
    /// What is drawn of a step.
    static final List<String> COLUMNS = List.of("loss", "smooth_loss", "learning_rate_multiplier", "tokens_per_second",
            "gigaflops_per_second", "memory_bytes");
    private static final byte[] BEGINNING = "{\"type\":\"step\",".getBytes(StandardCharsets.UTF_8);

    final double[] values = new double[COLUMNS.size()];
    int step;
    double milliseconds;
    double trainingSeconds;
    double secondsLeft;
    String time = "";

    /// Whether a line begins as those that the program writes of steps.
    static boolean isOne(byte[] buffer, int from, int to) {
        return to - from >= BEGINNING.length && Arrays.equals(buffer, from, from + BEGINNING.length, BEGINNING, 0, BEGINNING.length);
    }

    /// @throws JacksonException where it is no whole line
    void read(byte[] buffer, int from, int to) {
        Arrays.fill(values, Double.NaN);
        step = -1;
        milliseconds = Double.NaN;
        trainingSeconds = Double.NaN;
        secondsLeft = Double.NaN;
        time = "";
        try (JsonParser in = Json.LINE.createParser(buffer, from, to - from)) {
            in.nextToken();
            for (String name = in.nextName(); name != null; name = in.nextName()) {
                JsonToken value = in.nextToken();
                if (value.isNumeric()) {
                    take(name, in.getDoubleValue());
                } else if (name.equals("time")) {
                    time = in.getString();
                } else {
                    in.skipChildren();
                }
            }
        }
    }

    private void take(String name, double value) {
        switch (name) {
            case "step" -> step = (int) value;
            case "loss" -> values[0] = value;
            case "smooth_loss" -> values[1] = value;
            case "learning_rate_multiplier" -> values[2] = value;
            case "tokens_per_second" -> values[3] = value;
            case "gigaflops_per_second" -> values[4] = value;
            case "memory_bytes" -> values[5] = value;
            case "milliseconds" -> milliseconds = value;
            case "training_seconds" -> trainingSeconds = value;
            case "seconds_left" -> secondsLeft = value;
            default -> {
            } // of no concern, or of a later version
        }
    }

    double tokens() {
        return or(values[3] * milliseconds / 1000, 0);
    }

    double flops() {
        return or(1e9 * values[4] * milliseconds / 1000, 0);
    }

    static double or(double value, double otherwise) {
        return Double.isFinite(value) ? value : otherwise;
    }
}
