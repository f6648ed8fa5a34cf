package nanochat.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import nanochat.conversation.Message;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tasks asked in turn: their own problems, in their own order.
class ProblemSetsTest {
    @TempDir
    Path base;

    private ProblemSets of(String name) {
        return ProblemSets.of(name, new BaseDirectory(base), Optional.empty());
    }

    private static List<String> questions(Problems problems, int... indices) {
        return IntStream.of(indices).mapToObj(problems::question).toList();
    }

    @Test
    void severalTasksAreAskedInTurnAndTheFirstIsMeasured() {
        ProblemSets both = of("problems:3,arithmetic");
        ProblemSets problems = of("problems");
        ProblemSets sums = of("arithmetic");

        assertThat(questions(both.training(), 0, 1, 2, 4, 5, 6)).isEqualTo(questions(problems.training(), 0, 1, 2, 3, 4, 5));
        assertThat(questions(both.training(), 3, 7, 11)).isEqualTo(questions(sums.training(), 0, 1, 2));
        assertThat(both.training().size()).isEqualTo(4 * (problems.training().size() / 3));
        assertThat(questions(both.heldOut(), 0, 1)).isEqualTo(questions(problems.heldOut(), 0, 1));
        assertThat(both.training().name()).isEqualTo("problems:3,arithmetic");
        assertThat(both.training().fingerprint()).contains("3 x problems TRAIN practice", "1 x ARITHMETIC TRAIN");
    }

    @Test
    void everyAnswerIsMarkedByItsOwnTask() {
        Problems both = of("problems,arithmetic").training();
        for (int index = 0; index < 10; index++) {
            Message.Assistant right = (Message.Assistant) both.conversation(index).messages().getLast();
            assertThat(both.worth(index, right).solved()).as(both.question(index)).isTrue();
            assertThat(both.worth(index, new Message.Assistant("I like tea.")).solved()).isFalse();
        }
    }

    @Test
    void whatCannotBeAskedInTurnIsNamed() throws IOException {
        Path mine = Files.writeString(base.resolve("mine.jsonl"),
                "[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]\n");
        assertThatThrownBy(() -> of("problems," + mine)).isInstanceOf(BadInputException.class).hasMessageContaining("in turn with others");
        assertThatThrownBy(() -> of("problems,aritmetic")).isInstanceOf(BadInputException.class).hasMessageContaining(
                "Did you mean Arithmetic?");
        assertThatThrownBy(() -> of("problems,")).isInstanceOf(BadInputException.class).hasMessageContaining("There is no task ''");
    }
}
