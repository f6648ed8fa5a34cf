package nanochat.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.data.corpus.Answer;
import nanochat.data.corpus.Split;
import nanochat.data.corpus.WordProblem;
import nanochat.data.corpus.WordProblems;
import nanochat.io.BaseDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Replies that a person marked, for problems whose answers are known.
class BuiltInProblemsTest {
    private static final WordProblems PROBLEMS = new WordProblems(0);

    @TempDir
    Path folder;

    @Test
    void theSolutionIsRightAndThatOfAnotherProblemIsNot() {
        BuiltInProblems task = new BuiltInProblems(PROBLEMS, Split.VALIDATION, 200);
        int wrong = 0;
        for (int i = 0; i < task.size(); i++) {
            WordProblem problem = task.problem(i);
            assertThat(task.conversation(i)).isEqualTo(new Conversation(List.of(new Message.User(problem.question()), problem.reply())));
            assertThat(task.isRight(i, problem.reply())).isTrue();
            wrong += task.isRight(i, task.problem((i + 1) % task.size()).reply()) ? 0 : 1;
        }
        assertThat(wrong).isGreaterThan(180);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            RESULT | true
            $RESULT | true
            RESULT apples | true
            The answer is RESULT. | true
            8 and 9 are not it, but RESULT. | true
            RESULT.5 | false
            RESULT.0 | false
            -RESULT | false
            1RESULT | false
            RESULT, not 1 | false
            I do not know. | false
            twelve | false
            """)
    void theLastNumberDecides(String reply, boolean right) {
        BuiltInProblems task = new BuiltInProblems(PROBLEMS, Split.TEST, 20);
        for (int i = 0; i < task.size(); i++) {
            Answer.LastNumber answer = (Answer.LastNumber) task.problem(i).answer();
            assertThat(task.isRight(i, new Message.Assistant(reply.replace("RESULT", "" + answer.value())))).as(reply).isEqualTo(right);
        }
    }

    @Test
    void aReplyWithoutTextIsWrong() {
        assertThat(new BuiltInProblems(PROBLEMS, Split.TEST, 1).isRight(0, new Message.Assistant(List.of()))).isFalse();
        assertThat(new BuiltInProblems(PROBLEMS, Split.TEST, 1).isRight(0, new Message.Assistant(""))).isFalse();
    }

    @Test
    void evaluationsKnowItByNameAndTrainingHasAFewOfAnotherSplit() {
        List<GradedTask> found = EvaluationTasks.of(List.of("problems"), Split.TEST, new DatasetTasks(new BaseDirectory(folder),
                () -> _ -> false));
        assertThat(found).hasSize(1).first().isInstanceOfSatisfying(BuiltInProblems.class,
                task -> assertThat(task.split()).isEqualTo(Split.TEST));
        Task training = TrainingTasks.of(List.of("builtin"), new BaseDirectory(folder), 1).training();
        WordProblems problems = ((BuiltInProblems) found.getFirst()).problems();
        Conversation first = new BuiltInProblems(problems, Split.TRAIN, 1).conversation(0);
        assertThat(IntStream.range(0, training.size()).mapToObj(training::conversation).filter(first::equals)).hasSize(1);
    }

    @Test
    void whereTheTaskEndsThereIsNoProblem() {
        assertThatThrownBy(() -> new BuiltInProblems(PROBLEMS, Split.TRAIN, 3).conversation(3))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
