package nanochat.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Part;
import nanochat.data.corpus.Answer;
import nanochat.data.corpus.BuiltInConversations;
import nanochat.data.corpus.Exchange;
import nanochat.data.corpus.Split;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The oracle of mixtures and slices is the list of what they are made of.
class TaskTest {
    private static final BuiltInConversations CONVERSATIONS = new BuiltInConversations(0);

    @TempDir
    Path folder;

    private static List<Conversation> all(Task task) {
        return IntStream.range(0, task.size()).mapToObj(task::conversation).toList();
    }

    @Test
    void aMixtureHasEverythingOnceAndWhatIsNamedTwiceTwice() {
        Task talk = new BuiltInTalk(CONVERSATIONS, Split.TRAIN, 30);
        Task bees = BuiltInQuestions.spellingBee(CONVERSATIONS, Split.TRAIN, 20);
        List<Conversation> expected = new ArrayList<>(all(talk));
        expected.addAll(all(bees));
        expected.addAll(all(bees));
        Task mixture = new Mixture(List.of(talk, bees, bees), 7);
        assertThat(mixture.size()).isEqualTo(70);
        assertThat(all(mixture)).containsExactlyInAnyOrderElementsOf(expected).isNotEqualTo(expected);
        assertThat(all(new Mixture(List.of(talk, bees, bees), 7))).as("the same seed").isEqualTo(all(mixture));
        assertThat(all(new Mixture(List.of(talk, bees, bees), 8))).as("another seed").isNotEqualTo(all(mixture));
    }

    @Test
    void aMixtureGetsByWithEmptyTasks() {
        Task none = new BuiltInTalk(CONVERSATIONS, Split.TRAIN, 0);
        Task some = new BuiltInTalk(CONVERSATIONS, Split.TRAIN, 5);
        assertThat(all(new Mixture(List.of(none, some, none), 1))).containsExactlyInAnyOrderElementsOf(all(some));
        assertThat(new Mixture(List.of(), 1).size()).isZero();
    }

    @Test
    void aSliceIsAPartOfItsTask() {
        Task talk = new BuiltInTalk(CONVERSATIONS, Split.TRAIN, 10);
        Task slice = new Slice(talk, 3, 7);
        assertThat(all(slice)).isEqualTo(all(talk).subList(3, 7));
        assertThatThrownBy(() -> slice.conversation(4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new Slice(talk, 3, 11)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void whereATaskEndsThereIsNoConversation() {
        assertThatThrownBy(() -> new BuiltInTalk(CONVERSATIONS, Split.TRAIN, 3).conversation(3))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> BuiltInQuestions.simpleSpelling(CONVERSATIONS, Split.TRAIN, 3).conversation(3))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aSpellingBeeCountsWithTheTool() {
        BuiltInQuestions bees = BuiltInQuestions.spellingBee(CONVERSATIONS, Split.VALIDATION, 20);
        for (int i = 0; i < bees.size(); i++) {
            Exchange exchange = bees.exchange(i);
            List<Message> messages = bees.conversation(i).messages();
            assertThat(messages).containsExactly(new Message.User(exchange.question()), exchange.reply());
            List<Part> parts = exchange.reply().parts();
            assertThat(parts.getFirst()).isInstanceOf(Part.Python.class);
            assertThat(exchange.answer()).isInstanceOfSatisfying(Answer.LastNumber.class,
                    number -> assertThat(parts).contains(new Part.PythonOutput("" + number.value())));
        }
    }

    private DatasetTasks downloads() {
        return new DatasetTasks(new BaseDirectory(folder), () -> _ -> false);
    }

    private Path file(int conversations) throws IOException {
        return Files.write(folder.resolve("mine" + conversations + ".jsonl"), IntStream.range(0, conversations)
                .mapToObj(i -> "[{\"role\":\"user\",\"content\":\"" + i + "\"},{\"role\":\"assistant\",\"content\":\"yes\"}]").toList());
    }

    @Test
    void oneInTwentyOfAUsersConversationsIsHeldOut() throws IOException {
        Path file = file(45);
        TrainingTasks tasks = TrainingTasks.of(List.of(file.toString()), new BaseDirectory(folder), 1);
        assertThat(tasks.training().size()).isEqualTo(43);
        assertThat(tasks.validation().size()).isEqualTo(2);
        assertThat(all(tasks.training())).doesNotContainAnyElementsOf(all(tasks.validation())).doesNotHaveDuplicates();
        assertThat(all(TrainingTasks.of(List.of(file.toString()), new BaseDirectory(folder), 2).validation())).as("whatever the seed")
                .isEqualTo(all(tasks.validation()));
    }

    @Test
    void aFewConversationsAreTrainedAndValidatedOnAll() throws IOException {
        TrainingTasks tasks = TrainingTasks.of(List.of(file(19).toString()), new BaseDirectory(folder), 1);
        assertThat(all(tasks.training())).hasSize(19).containsExactlyInAnyOrderElementsOf(all(tasks.validation()));
    }

    @Test
    void builtInConversationsAndAFileGoTogether() throws IOException {
        TrainingTasks builtIn = TrainingTasks.of(List.of("builtin"), new BaseDirectory(folder), 1);
        TrainingTasks both = TrainingTasks.of(List.of("builtin", file(40).toString()), new BaseDirectory(folder), 1);
        assertThat(both.training().size()).isEqualTo(builtIn.training().size() + 38);
        assertThat(both.validation().size()).isEqualTo(builtIn.validation().size() + 2);
    }

    @Test
    void tasksAreNamedInAnyCaseAndAWrongNameGetsTheNearestOne() throws IOException {
        String file = file(3).toString();
        assertThat(EvaluationTasks.of(List.of("facts", file, "FACTS"), Split.TEST, downloads())).extracting(GradedTask::name)
                .containsExactly("Facts",
                        file);
        assertThat(EvaluationTasks.of(List.of("all"), Split.TEST, downloads())).extracting(GradedTask::name).contains("Facts", "Arithmetic",
                "SpellingBee", "FiveTurns");
        assertThat(EvaluationTasks.of(List.of("five_turns"), Split.TEST, downloads())).extracting(GradedTask::name)
                .containsExactly("FiveTurns");
        assertThatThrownBy(() -> EvaluationTasks.of(List.of("Fact"), Split.TEST, downloads())).isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("There is no task 'Fact'. Did you mean Facts? There are Facts, ");
    }

    @Test
    void aDialogueHasAllItsQuestionsAndTheRepliesOfTraining() {
        Dialogues dialogues = Dialogues.fiveTurns(CONVERSATIONS, Split.TEST, 3);
        assertThat(dialogues.size()).isEqualTo(3);
        assertThat(dialogues.turns()).isEqualTo(5);
        for (int i = 0; i < dialogues.size(); i++) {
            List<Exchange> exchanges = CONVERSATIONS.dialogue(Split.TEST, 5, i);
            assertThat(dialogues.conversation(i).messages()).containsExactlyElementsOf(exchanges.stream()
                    .flatMap(exchange -> Stream.of(new Message.User(exchange.question()), exchange.reply())).toList());
        }
        assertThat(dialogues.fingerprint()).isNotEqualTo(Dialogues.fiveTurns(CONVERSATIONS, Split.VALIDATION, 3).fingerprint());
        List<List<Exchange>> uneven = List.of(CONVERSATIONS.dialogue(Split.TEST, 5, 0), CONVERSATIONS.dialogue(Split.TEST, 4, 0));
        assertThatThrownBy(() -> new Dialogues("uneven", uneven)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theReplyOfTrainingIsRightAndThatToAnotherQuestionIsNot() {
        BuiltInQuestions sums = new BuiltInQuestions(CONVERSATIONS, Exchange.Kind.ARITHMETIC, Split.VALIDATION, 30);
        for (int i = 0; i < sums.size(); i++) {
            assertThat(sums.isRight(i, sums.exchange(i).reply())).isTrue();
            assertThat(sums.isRight(i, new Message.Assistant("I do not know 1000000."))).isFalse();
        }
    }
}
