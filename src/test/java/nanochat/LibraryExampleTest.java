package nanochat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import nanochat.chat.TestModels;
import nanochat.tokenizer.SpecialToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The example of the README is what [LibraryExample] runs, on a model whose answer is known.
class LibraryExampleTest {
    private static final String FENCE = "        // ---\n";

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "README.zh-CN.md"})
    void theReadmeShowsTheExampleWordForWord(String readme) throws Exception {
        String source = Files.readString(Path.of("src/test/java/nanochat/LibraryExample.java"));
        String example = source.substring(source.indexOf(FENCE) + FENCE.length(), source.lastIndexOf(FENCE)).stripTrailing().stripIndent();
        assertThat(Files.readString(Path.of(readme))).contains("```java\n" + example + "\n```\n");
    }

    @Test
    void itPrintsTheModelsAnswer(@TempDir Path models) {
        TestModels.saveScripted(models, "d1", 64, new TestModels.Script().chain(SpecialToken.ASSISTANT_START, "I am",
                SpecialToken.ASSISTANT_END));
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            LibraryExample.chat(models);
        } finally {
            System.setOut(console);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8).strip()).isEqualTo("I am");
    }
}
