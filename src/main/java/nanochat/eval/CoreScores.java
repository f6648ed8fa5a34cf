package nanochat.eval;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a base model scored in the CORE evaluation. GPT-2 (1.5 billion parameters) has a CORE of 0.256525.
///
/// @param core the mean of the centred scores
/// @param tasks by label, in the order in which they were measured
public record CoreScores(double core, Map<String, CoreScore> tasks) {
    public CoreScores {
        tasks = Collections.unmodifiableMap(new LinkedHashMap<>(tasks));
    }

    /// @param tasks at least one, in their order
    static CoreScores of(Map<String, CoreScore> tasks) {
        double core = tasks.values().stream().mapToDouble(CoreScore::centred).average().orElseThrow();
        return new CoreScores(core, tasks);
    }

    /// A table for people, a line a task.
    public List<String> lines() {
        int width = tasks.keySet().stream().mapToInt(String::length).max().orElse(0);
        List<String> lines = new ArrayList<>();
        tasks.forEach((label, score) -> lines.add(String.format(Locale.ROOT, "%-" + width + "s  %5.1f%%  centred %7.4f  of %d", label,
                100 * score.accuracy(), score.centred(), score.n())));
        lines.add(String.format(Locale.ROOT, "CORE %.4f", core));
        return lines;
    }
}
