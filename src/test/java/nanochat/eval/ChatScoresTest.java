package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import nanochat.data.DocumentSource;
import nanochat.data.corpus.BuiltInConversations;
import nanochat.data.corpus.Split;
import nanochat.engine.Sampling;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.task.BuiltInQuestions;
import nanochat.task.DatasetFolder;
import nanochat.task.DatasetTasks;
import nanochat.task.GradedTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracles: for pass@k all ways to choose k of the replies, counted; for ChatCORE its formula, worked out by hand.
class ChatScoresTest {
    @TempDir
    Path folder;

    /// Of all ways to choose `k` of `samples` replies, the first `right` of which are right, the share with a right one.
    private static double counted(int samples, int right, int k) {
        int[] choices = IntStream.range(0, 1 << samples).filter(choice -> Integer.bitCount(choice) == k).toArray();
        return IntStream.of(choices).filter(choice -> (choice & ((1 << right) - 1)) != 0).count() / (double) choices.length;
    }

    @Test
    void passAtKIsTheShareOfChoicesWithARightReply() {
        for (int samples = 1; samples <= 8; samples++) {
            for (int right = 0; right <= samples; right++) {
                for (int k = 1; k <= samples; k++) {
                    assertThat(PassAt.estimate(samples, right, k)).as("%d of %d, k %d", right, samples, k)
                            .isCloseTo(counted(samples, right, k), within(1e-12));
                }
            }
        }
        assertThatThrownBy(() -> PassAt.estimate(3, 1, 4)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theAccuracyOfSeveralRepliesIsPassAtOne() {
        ChatScores.Score score = ChatScores.Score.of(new int[]{0, 1, 4}, 4);
        assertThat(score.accuracy()).isCloseTo(5 / 12.0, within(1e-12));
        assertThat(score.n()).isEqualTo(3);
        assertThat(score.passAt()).hasSize(4);
        assertThat(score.passAt().getFirst()).isCloseTo(5 / 12.0, within(1e-12));
        assertThat(score.passAt().getLast()).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(Json.line(score)).contains("\"accuracy\":", "\"n\":3", "\"pass_at\":[");
        assertThat(Json.line(ChatScores.Score.of(new int[]{1, 0}, 1))).isEqualTo("{\"accuracy\":0.5,\"n\":2,\"pass_at\":[]}");
    }

    @Test
    void severalRepliesNeedATemperature() {
        assertThatThrownBy(() -> new ChatEvaluation.Settings(Sampling.GREEDY, 0, 1, 4)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("--samples 4").hasMessageContaining("--temperature");
        assertThatThrownBy(() -> new ChatEvaluation.Settings(Sampling.atTemperature(1), 0, 1, 0)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("--samples");
        assertThat(new ChatEvaluation.Settings(Sampling.atTemperature(1), 0, 1, 4).samples()).isEqualTo(4);
    }

    @Test
    void chatCoreIsTheMeanAboveChanceOfAllSixTasks() throws IOException {
        DatasetTasks datasets = new DatasetTasks(new DatasetFolder(folder).putAll().base(), () -> _ -> false);
        assertThat(datasets.missing()).isEmpty();
        ChatScores scores = new ChatScores();
        Map<String, Double> accuracies = Map.of("ARC-Easy", 0.25, "ARC-Challenge", 0.4, "MMLU", 1.0, "GSM8K", 0.1, "HumanEval", 0.05);
        for (GradedTask task : datasets.present()) {
            assertThat(scores.chatCore()).isEmpty();
            scores.put(task, new ChatScores.Score(accuracies.getOrDefault(task.name(), Double.NaN), 10));
        }
        assertThat(scores.chatCore()).as("SpellingBee is missing").isEmpty();
        scores.put(BuiltInQuestions.spellingBee(new BuiltInConversations(DocumentSource.BUILT_IN_SEED), Split.VALIDATION, 1),
                new ChatScores.Score(0.9, 10));
        assertThat(scores.chatCore().orElseThrow()).isCloseTo((0 + 0.2 + 1 + 0.1 + 0.05 + 0.9) / 6, within(1e-12));
        assertThat(scores.lines()).last().isEqualTo("ChatCORE       0.3750");
        assertThat(scores.byTask()).containsOnlyKeys(DatasetTasks.CHAT_CORE);
    }

    @Test
    void whatIsNotThereIsLeftOutOfAll() throws IOException {
        new DatasetFolder(folder).put("gsm8k.parquet", "gsm8k/main/test/0.parquet");
        DatasetTasks datasets = new DatasetTasks(new DatasetFolder(folder).base(), () -> _ -> false);
        assertThat(datasets.present()).extracting(GradedTask::name).containsExactly("GSM8K");
        assertThat(datasets.missing()).isEqualTo(List.of("ARC-Easy", "ARC-Challenge", "MMLU", "HumanEval"));
        assertThat(datasets.find("gsm8k").orElseThrow().name()).isEqualTo("GSM8K");
        assertThat(datasets.find("gsm9k")).isEmpty();
        assertThatThrownBy(() -> datasets.find("arc_easy")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("data download --dataset tasks");
    }
}
