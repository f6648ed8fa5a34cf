package nanochat.runs;

import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/// A kind of lines of metrics that curves are drawn of, and its numbers.
///
/// @param type as the lines name it
/// @param columns of its track, by their paths within a line
record Measure(String type, List<String> columns) {
    /// Read by [StepLine], which knows these columns.
    static final Measure STEP = new Measure("step", StepLine.COLUMNS);

    private static final List<Measure> ALL = List.of(STEP, new Measure("evaluation", "bits_per_byte"), new Measure("core", "core/core"),
            new Measure("rewards", "metrics/reward", "metrics/solved", "metrics/length", "metrics/entropy", "metrics/divergence"),
            // for k = 1, 2, 4, 8
            new Measure("pass", "scores/pass_at/0", "scores/pass_at/1", "scores/pass_at/3", "scores/pass_at/7"),
            new Measure("preferences", "preferences/loss", "preferences/accuracy", "preferences/margin"),
            new Measure("preference_validation", "preferences/loss", "preferences/accuracy", "preferences/margin"));

    Measure {
        columns = List.copyOf(columns);
    }

    private Measure(String type, String... columns) {
        this(type, List.of(columns));
    }

    static Optional<Measure> of(String type) {
        return ALL.stream().filter(measure -> measure.type.equals(type)).findFirst();
    }

    /// The numbers of a line; NaN where one is missing.
    double[] values(JsonNode line) {
        return columns.stream().mapToDouble(path -> line.at(JsonPointer.compile("/" + path)).asDouble(Double.NaN)).toArray();
    }
}
