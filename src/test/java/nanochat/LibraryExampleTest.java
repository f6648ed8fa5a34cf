package nanochat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import nanochat.chat.TestModels;
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

/// The example of docs/library.md compiles, runs, and is the one that stands there. Oracle: a model whose answer is known.
class LibraryExampleTest {
    @TempDir
    Path models;

    @Test
    void theExampleAnswers() {
        TestModels.saveScripted(models, "d1", 64,
                new TestModels.Script().chain(SpecialToken.ASSISTANT_START, "Me.", SpecialToken.ASSISTANT_END));
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
    void theDocumentHasTheseLines() throws IOException {
        String source = Files.readString(Path.of("src/test/java/nanochat/LibraryExampleTest.java"));
        String example = source.substring(source.indexOf("from here\n") + "from here\n".length(), source.indexOf("        // to here"));
        assertThat(Files.readString(Path.of("docs/library.md"))).contains("```java\n" + example.indent(-8) + "```\n");
    }
}
