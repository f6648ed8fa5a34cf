package nanochat.eval;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.task.CategoricalTask;
import nanochat.task.DatasetTasks;
import nanochat.task.Dialogues;
import nanochat.task.GenerativeTask;
import nanochat.task.GradedTask;

/// What a chat model scored, task by task. As JSON: `{"Facts": {"accuracy": 0.93, "n": 500, "pass_at": []}}`; of dialogues
/// also `"dialogues": {"accuracy": 0.8, "n": 40, "by_turn": [0.95, 0.93, 0.92, 0.94, 0.93]}`.
public final class ChatScores {
    private final Map<String, Score> scores = new LinkedHashMap<>();
    private final Map<String, Double> chances = new LinkedHashMap<>();

    /// One task's score.
    ///
    /// @param accuracy share of the questions answered rightly; of several replies to each, the mean share
    /// @param n how many questions there were
    /// @param passAt for k = 1, 2, ... replies to a question the chance that one of them is right; empty where there was one reply to each
    /// @param dialogues where the questions were the turns of dialogues, how those went
    public record Score(double accuracy, int n, List<Double> passAt,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<DialogueScore> dialogues) {
        public Score {
            passAt = List.copyOf(passAt);
        }

        Score(int right, int n) {
            this((double) right / n, n);
        }

        Score(double accuracy, int n) {
            this(accuracy, n, List.of(), Optional.empty());
        }

        Score with(DialogueScore how) {
            return new Score(accuracy, n, passAt, Optional.of(how));
        }

        /// @param right for each question how many of the replies to it
        static Score of(int[] right, int samples) {
            double[] passAt = new double[samples];
            for (int k = 1; k <= samples; k++) {
                for (int each : right) {
                    passAt[k - 1] += PassAt.estimate(samples, each, k) / right.length;
                }
            }
            double accuracy = IntStream.of(right).sum() / ((double) samples * right.length);
            return new Score(accuracy, right.length, samples == 1
                    ? List.of()
                    : IntStream.range(0, samples).mapToObj(k -> passAt[k]).toList(), Optional.empty());
        }
    }

    /// How dialogues went.
    ///
    /// @param accuracy share of the dialogues of which every turn was answered rightly
    /// @param n how many dialogues there were
    /// @param byTurn of each turn, the first one first, the share answered rightly: it falls where a model loses the thread
    public record DialogueScore(double accuracy, int n, List<Double> byTurn) {
        public DialogueScore {
            byTurn = List.copyOf(byTurn);
        }
    }

    void put(GradedTask task, Score score) {
        scores.put(task.name(), score);
        chances.put(task.name(), switch (task) {
            case CategoricalTask _ -> CategoricalTask.CHANCE;
            case GenerativeTask _,Dialogues _ -> 0.0;
        });
    }

    /// By the tasks' names, in the order in which they were measured.
    @JsonValue
    public Map<String, Score> byTask() {
        return Collections.unmodifiableMap(scores);
    }

    /// The mean over the tasks of [DatasetTasks#CHAT_CORE] of (accuracy - chance) / (1 - chance): 0 is guessing, 1 is all. Only where all were measured.
    public Optional<Double> chatCore() {
        if (!scores.keySet().containsAll(DatasetTasks.CHAT_CORE)) {
            return Optional.empty();
        }
        return Optional.of(DatasetTasks.CHAT_CORE.stream().mapToDouble(this::centred).average().orElseThrow());
    }

    private double centred(String task) {
        double chance = chances.getOrDefault(task, 0.0);
        return (byTask().getOrDefault(task, new Score(0, 1)).accuracy() - chance) / (1 - chance);
    }

    /// A table for people, a line a task.
    public List<String> lines() {
        int width = scores.keySet().stream().mapToInt(String::length).max().orElse(0);
        List<String> lines = new ArrayList<>();
        scores.forEach((task, score) -> {
            StringBuilder line = new StringBuilder(
                    String.format(Locale.ROOT, "%-" + width + "s  %5.1f%%  of %d", task, 100 * score.accuracy(), score.n()));
            for (int k = 2; k <= score.passAt.size(); k++) {
                line.append(String.format(Locale.ROOT, "  pass@%d %.1f%%", k, 100 * score.passAt.get(k - 1)));
            }
            score.dialogues.ifPresent(dialogues -> line.append(String.format(Locale.ROOT,
                    " turns (%s)  %.1f%% of %d dialogues in all turns",
                    dialogues.byTurn().stream().map(share -> String.format(Locale.ROOT, "%.0f%%", 100 * share)).collect(Collectors.joining(
                            ", ")),
                    100 * dialogues.accuracy(), dialogues.n())));
            lines.add(line.toString());
        });
        chatCore().ifPresent(value -> lines.add(String.format(Locale.ROOT, "%-" + width + "s  %.4f", "ChatCORE", value)));
        return lines;
    }
}
