package nanochat.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.conversation.Message.Assistant;
import nanochat.conversation.Message.SystemPrompt;
import nanochat.conversation.Message.User;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The oracle is the conversation that each line was written for.
class ConversationFileTest {
    @TempDir
    Path folder;

    private ConversationFile file(String content) throws IOException {
        return new ConversationFile(Files.writeString(folder.resolve("mine.jsonl"), content));
    }

    @Test
    void everyFormOfALineIsRead() throws IOException {
        ConversationFile file = file("""
                \uFEFF[{"role":"user","content":"Grüße"},{"role":"assistant","content":"Hallo"}]

                {"messages":[{"role":"system","content":"S"},{"role":"user","content":"1+1"},{"role":"assistant","content":\
                [{"type":"python","text":"1+1"},{"type":"python_output","text":"2"},{"type":"text","text":"2"}]}],"source":"me"}\r
                []
                [{"role":"user","content":"the last line has no line break"}]""");
        assertThat(IntStream.range(0, file.size()).mapToObj(file::conversation).map(Conversation::messages)).containsExactly(
                List.of(new User("Grüße"), new Assistant("Hallo")),
                List.of(new SystemPrompt("S"), new User("1+1"),
                        new Assistant(new Part.Python("1+1"), new Part.PythonOutput("2"), new Part.Text("2"))),
                List.of(), List.of(new User("the last line has no line break")));
    }

    @Test
    void moreConversationsThanThereIsRoomForAtFirstAreRead() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            lines.append("[{\"role\":\"user\",\"content\":\"").append("x".repeat(i)).append("\"}]\n");
        }
        ConversationFile file = file(lines.toString());
        assertThat(file.size()).isEqualTo(100);
        assertThat(file.conversation(57).messages()).containsExactly(new User("x".repeat(57)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [{"role":"user","content":"x"}                                  | not valid JSON
            "Hello"                                                         | neither a JSON array of messages nor an object
            {"text":"Hello"}                                                | neither a JSON array of messages nor an object
            [{"role":"robot","content":"x"}]                                | message 1 has the role 'robot'
            [{"content":"x"}]                                               | message 1 has no string "role"
            [{"role":"user","content":7}]                                   | message 1 has no string "content"
            [{"role":"assistant","content":"x"}]                            | message 1 should be the user's
            [{"role":"user","content":"x"},{"role":"user","content":"y"}]   | message 2 should be the assistant's
            [{"role":"user","content":"x"},{"role":"system","content":"y"}] | message 2 should be the assistant's
            [{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"sql","text":"y"}]}] | part 1 has the type 'sql'
            """)
    void whatIsWrongIsNamedWithItsLine(String line, String message) {
        assertThatThrownBy(() -> file("[]\n\n" + line + "\n")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("mine.jsonl line 3: ").hasMessageContaining(message);
    }

    @Test
    void bytesThatAreNoTextAreNamedWithTheirLine() throws IOException {
        Path path = Files.write(folder.resolve("mine.jsonl"), new byte[]{'[', ']', '\n', (byte) 0xff, '\n'});
        assertThatThrownBy(() -> new ConversationFile(path)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("line 2 is not UTF-8");
    }

    @Test
    void aMissingOrEmptyFileIsNamed() {
        assertThatThrownBy(() -> new ConversationFile(folder.resolve("no.jsonl"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("no.jsonl");
        assertThatThrownBy(() -> file("\n")).isInstanceOf(BadInputException.class).hasMessageContaining("no conversation");
    }

    @Test
    void anAddedConversationIsTheLastOneAndReadsAsItWas() throws IOException {
        Path path = folder.resolve("saved.jsonl");
        Conversation first = new Conversation(List.of(new SystemPrompt("S"), new User("Grüße\n\"x\""), new Assistant("Hallo")));
        Conversation second = new Conversation(List.of(new User("1+1"),
                new Assistant(new Part.Python("1+1"), new Part.PythonOutput("2"), new Part.Text("2")), new User("?"), new Assistant()));
        assertThat(ConversationFile.append(path, first).size()).isEqualTo(1);
        Files.writeString(path, Files.readString(path).stripTrailing()); // as an editor may leave it
        ConversationFile file = ConversationFile.append(path, second);
        assertThat(IntStream.range(0, file.size()).mapToObj(file::conversation)).containsExactly(first, second);
    }

    @Test
    void nothingIsAddedToAFileOfSomethingElse() throws IOException {
        Path path = Files.writeString(folder.resolve("notes.txt"), "dear diary");
        Conversation conversation = new Conversation(List.of(new User("Hi")));
        assertThatThrownBy(() -> ConversationFile.append(path, conversation)).isInstanceOf(BadInputException.class);
        assertThat(path).hasContent("dear diary");
    }
}
