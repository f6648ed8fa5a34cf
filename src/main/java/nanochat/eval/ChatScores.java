package nanochat.eval;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a chat model scored, task by task. As JSON: `{"Facts": {"accuracy": 0.93, "n": 500}}`.
public final class ChatScores {
    private final Map<String, Score> scores = new LinkedHashMap<>();

    /// One task's score.
    ///
    /// @param accuracy share of the questions answered rightly
    /// @param n how many questions there were
    public record Score(double accuracy, int n) {
        Score(int right, int n) {
            this((double) right / n, n);
        }
    }

    void put(String task, Score score) {
        scores.put(task, score);
    }

    /// By the tasks' names, in the order in which they were measured.
    @JsonValue
    public Map<String, Score> byTask() {
        return Collections.unmodifiableMap(scores);
    }

    /// A table for people, a line a task.
    public List<String> lines() {
        int width = scores.keySet().stream().mapToInt(String::length).max().orElse(0);
        return scores.entrySet().stream().map(entry -> String.format(Locale.ROOT, "%-" + width + "s  %5.1f%%  of %d", entry.getKey(),
                100 * entry.getValue().accuracy(), entry.getValue().n())).toList();
    }
}
