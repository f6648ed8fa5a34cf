package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import nanochat.checkpoint.TrainedModel;
import nanochat.conversation.Conversation;
import nanochat.conversation.ConversationFile;
import nanochat.conversation.Message;
import nanochat.engine.Sampling;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.task.UserConversations;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model with random weights, which says something, and always the same. The oracle of the marks is a file that expects just that of some
/// of its questions and something else of the others.
class ChatEvaluationTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final int CONTEXT = 64;
    private static final ChatEvaluation.Settings GREEDY = new ChatEvaluation.Settings(Sampling.GREEDY, 0, 100);

    @TempDir
    Path folder;

    private static ModelEvaluation evaluation(Backend backend) {
        GptConfig config = GptConfig.ofDepth(2, 16, 16, CONTEXT, BYTES.vocabularySize(), "SL");
        GptParameters parameters = new GptParameters(config, backend, DType.F32, false);
        RandomValues random = new RandomValues(1);
        parameters.all().forEach(parameter -> backend.write(parameter.value(), random.normal(parameter.value().size(), 0.5)));
        parameters.refresh();
        return new ModelEvaluation(new TrainedModel(new Gpt(parameters), BYTES), DType.F32, 1);
    }

    private static Conversation asked(String question) {
        return new Conversation(List.of(new Message.User(question)));
    }

    private UserConversations file(List<Message.User> questions, List<String> replies) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < questions.size(); i++) {
            lines.append(Json.line(List.of(Map.of("role", "user", "content", questions.get(i).text()),
                    Map.of("role", "assistant", "content", replies.get(i))))).append('\n');
        }
        return new UserConversations(new ConversationFile(Files.writeString(folder.resolve("mine.jsonl"), lines)));
    }

    @Test
    void theShareOfRightRepliesIsTheAccuracy() throws IOException {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32); ModelEvaluation evaluation = evaluation(backend)) {
            ChatEvaluation chat = evaluation.chat(GREEDY);
            String one = chat.reply(asked("one"), 512).text();
            String two = chat.reply(asked("two"), 512).text();
            assertThat(one).isNotBlank().isNotEqualTo(two);
            UserConversations task = file(List.of(new Message.User("one"), new Message.User("two"), new Message.User("one")),
                    List.of("  " + one, two + "x", "no"));
            ChatScores scores = chat.measure(List.of(task));
            assertThat(scores.byTask()).isEqualTo(Map.of(task.name(), new ChatScores.Score(1 / 3.0, 3)));
            assertThat(Json.line(scores)).isEqualTo("{\"" + task.name() + "\":{\"accuracy\":" + 1 / 3.0 + ",\"n\":3,\"pass_at\":[]}}");
            assertThat(scores.lines()).containsExactly(task.name() + "   33.3%  of 3");

            assertThat(evaluation.chat(new ChatEvaluation.Settings(Sampling.GREEDY, 0, 1)).measure(List.of(task)).byTask())
                    .as("the first question alone").isEqualTo(Map.of(task.name(), new ChatScores.Score(1, 1)));
        }
    }

    @Test
    void aQuestionThatFillsTheContextGetsNoReply() throws IOException {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32); ModelEvaluation evaluation = evaluation(backend)) {
            String question = "long ".repeat(1000);
            assertThat(evaluation.chat(GREEDY).reply(asked(question), 10).parts()).isEmpty();
            UserConversations task = file(List.of(new Message.User(question)), List.of("yes"));
            assertThat(evaluation.chat(GREEDY).measure(List.of(task)).byTask().values()).containsExactly(new ChatScores.Score(0, 1));
        }
    }

    @Test
    void whereNothingIsExpectedNothingIsRightOrWrong() throws IOException {
        Path path = Files.writeString(folder.resolve("open.jsonl"), "[{\"role\":\"user\",\"content\":\"Hi\"}]");
        UserConversations task = new UserConversations(new ConversationFile(path));
        assertThatThrownBy(() -> task.isRight(0, new Message.Assistant("Hi"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("open.jsonl: conversation 1 does not end with what the assistant");
    }
}
