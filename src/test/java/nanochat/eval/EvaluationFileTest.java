package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// By hand: what two evaluations together must leave in the file.
class EvaluationFileTest {
    private record Results(Optional<Double> bitsPerByte, Map<String, Object> tasks, Optional<List<String>> completions) {}

    private record Score(double accuracy, int n) {}

    @TempDir
    private Path folder;

    @Test
    void aLaterEvaluationAddsToAnEarlierOne() {
        EvaluationFile file = new EvaluationFile(folder.resolve("d4"), 500);
        assertThat(file.read()).isEmpty();
        file.add(new Results(Optional.of(0.75), Map.of("ARC-Easy", new Score(0.5, 8)), Optional.of(List.of("a", "b"))));
        file.add(new Results(Optional.empty(), Map.of("GSM8K", new Score(0.25, 4)), Optional.empty()));
        file.add(Map.of("tasks", Map.of("ARC-Easy", new Score(0.75, 16)), "completions", List.of("c")));
        assertThat(file.read().orElseThrow()).isEqualTo(Json.LINE.readTree("""
                {"bits_per_byte": 0.75, "completions": ["c"],
                 "tasks": {"ARC-Easy": {"accuracy": 0.75, "n": 16}, "GSM8K": {"accuracy": 0.25, "n": 4}}}"""));
    }

    @Test
    void everyCheckpointHasItsOwn() {
        new EvaluationFile(folder, 100).add(Map.of("chat_core", 0.1));
        new EvaluationFile(folder, 200).add(Map.of("chat_core", 0.2));
        assertThat(folder.resolve("eval_000100.json")).exists();
        assertThat(new EvaluationFile(folder, 100).read().orElseThrow().path("chat_core").asDouble()).isEqualTo(0.1);
    }

    @Test
    void aFileThatIsNoObjectIsNamedAndKept() throws IOException {
        EvaluationFile file = new EvaluationFile(folder, 1);
        Files.writeString(file.path(), "[1");
        assertThatThrownBy(() -> file.add(Map.of("core", 1))).isInstanceOf(BadInputException.class).hasMessageContaining(
                "eval_000001.json");
        assertThat(file.path()).hasContent("[1");
        assertThatThrownBy(() -> new EvaluationFile(folder, 2).add(3)).isInstanceOf(IllegalArgumentException.class);
    }
}
