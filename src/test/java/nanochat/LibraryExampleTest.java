package nanochat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import nanochat.chat.TestModels;
import nanochat.chat.langchain4j.EngineChatModel;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Generation;
import nanochat.engine.Sample;
import nanochat.engine.WeightFormat;
import nanochat.tokenizer.SpecialToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples of docs/library.md compile, run, and are those that stand there. Oracle: a model whose answer is known.
class LibraryExampleTest {
    @TempDir
    Path models;

    private void saveModel() {
        TestModels.saveScripted(models, "d1", 64,
                new TestModels.Script().chain(SpecialToken.ASSISTANT_START, "Me.", SpecialToken.ASSISTANT_END));
    }

    @Test
    void theExampleAnswers() {
        saveModel();
        assertThat(answer()).isEqualTo("Me.");
    }

    private String answer() {
        // docs/library.md has the lines from here
        CheckpointDirectory checkpoints = CheckpointDirectory.findLargest(models);
        EngineOptions options = EngineOptions.of(WeightFormat.BF16, Runtime.getRuntime().availableProcessors());
        try (Engine engine = Engine.load(checkpoints, checkpoints.lastStep(), options)) {
            Rendering rendering = new Rendering(engine.tokenizer());
            int[] prompt = rendering.completionPrompt(new Conversation(List.of(new Message.User("Who are you?"))));
            Generation request = Generation.greedy(256, Set.of(engine.tokenizer().id(SpecialToken.ASSISTANT_END)));
            Sample answer = engine.generate(prompt, 1, request, ColumnListener.NONE).getFirst();
            return rendering.reply(answer.tokens()).text();
        }
        // to here
    }

    @Test
    void theExampleOfLangChain4jAnswers() {
        saveModel();
        assertThat(answerByLangChain4j()).isEqualTo("Me.");
    }

    private String answerByLangChain4j() {
        // docs/library.md has the lines from here
        CheckpointDirectory checkpoints = CheckpointDirectory.findLargest(models);
        EngineOptions options = EngineOptions.of(WeightFormat.BF16, Runtime.getRuntime().availableProcessors()).withRows(4);
        ChatRequestParameters defaults = ChatRequestParameters.builder().temperature(0.0).maxOutputTokens(256).build();
        try (Engine engine = Engine.load(checkpoints, checkpoints.lastStep(), options);
                EngineChatModel model = new EngineChatModel(engine, 4, defaults)) {
            List<ChatMessage> conversation = new ArrayList<>(List.of(UserMessage.from("Who are you?")));
            conversation.add(model.chat(conversation).aiMessage());
            conversation.add(UserMessage.from("And what is 12 * 7?"));
            return model.chat(conversation).aiMessage().text();
        }
        // to here
    }

    @Test
    void theDocumentHasTheseLines() throws IOException {
        String source = Files.readString(Path.of("src/test/java/nanochat/LibraryExampleTest.java"));
        List<String> examples = Pattern.compile("from here\n(.*?)        // to here", Pattern.DOTALL).matcher(source).results()
                .map(example -> "```java\n" + example.group(1).indent(-8) + "```\n").toList();
        assertThat(examples).hasSize(2);
        assertThat(Files.readString(Path.of("docs/library.md"))).contains(examples);
    }
}
