package nanochat.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import nanochat.conversation.Message;
import nanochat.data.corpus.Answer;
import nanochat.data.corpus.FirstMessage;
import nanochat.data.corpus.Split;
import nanochat.io.BaseDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstMessagesTest {
    private final FirstMessages task = new FirstMessages(FirstMessage.all());

    private boolean isRight(String message, String reply) {
        List<String> texts = task.messages().stream().map(FirstMessage::text).toList();
        assertThat(texts).contains(message);
        return task.isRight(texts.indexOf(message), new Message.Assistant(reply));
    }

    @Test
    void everyRuleCanBeReadAndNothingIsNoAnswer() {
        assertThat(task.size()).isGreaterThan(200);
        assertThat(task.messages()).doesNotHaveDuplicates();
        for (FirstMessage message : task.messages()) {
            if (message.answer() instanceof Answer.Says(String regex)) {
                Pattern.compile(regex);
            }
            assertThat(message.answer().isGivenBy("")).as("%s", message).isFalse();
        }
    }

    @Test
    void repliesAreMarkedByWhatTheySay() {
        assertThat(isRight("17*6+2", "The answer is 104.")).isTrue();
        assertThat(isRight("17*6+2", "The answer is 34.")).isFalse();
        assertThat(isRight("who wrote hamlet", "I do not know that.")).isTrue();
        assertThat(isRight("who wrote hamlet", "I was made with nanochat4j, which is written in Java.")).isFalse();
        assertThat(isRight("42", "I did not understand that.")).isTrue();
        assertThat(isRight("42", "42 is a number.")).isTrue();
        assertThat(isRight("42", "Hello!")).isFalse();
    }

    @Test
    void itIsMeasuredWhereItIsNamedAndNotAmongAll(@TempDir Path folder) {
        DatasetTasks none = new DatasetTasks(new BaseDirectory(folder), () -> _ -> false);
        assertThat(EvaluationTasks.of(List.of("first_messages"), Split.TEST, none)).containsExactly(task);
        assertThat(EvaluationTasks.of(List.of("all"), Split.TEST, none)).doesNotContain(task);
    }
}
