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
import org.junit.jupiter.params.provider.ValueSource;

/// The oracle is the conversation that each text was written for.
class ConversationFormatsTest {
    private static final String GOOD = "[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"}]";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {GOOD, "{\"messages\":" + GOOD + "}", "{\"id\":7,\"conversations\":" + GOOD + "}",
        "{\"conversations\":[{\"from\":\"human\",\"value\":\"Hi\"},{\"from\":\"gpt\",\"value\":\"Hello\"}]}",
        "{\"messages\":[{\"role\":\"USER\",\"content\":\"Hi\"},{\"role\":\" Assistant\",\"content\":\"Hello\"}]}",
        "{\"conversations\":[{\"from\":\"Human\",\"value\":\"Hi\"},{\"from\":\"GPT\",\"value\":\"Hello\"}],\"system\":\"\"}",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]},{\"role\":\"assistant\",\"content\":\"Hello\"}]}",
        "{\"instruction\":\"Hi\",\"input\":\"\",\"output\":\"Hello\"}", "{\"instruction\":\"Hi\",\"output\":\"Hello\",\"text\":\"x\"}",
        "{\"instruction\":\"Hi\",\"context\":\"\",\"response\":\"Hello\",\"category\":\"x\"}",
        "{\"prompt\":\"Hi\",\"completion\":\"Hello\"}"})
    void everyFormIsRead(String json) {
        assertThat(ConversationFormats.parse(json).messages()).containsExactly(new User("Hi"), new Assistant("Hello"));
    }

    @Test
    void whatTheSystemSaysStandsBeforeTheFirstMessage() {
        List<Message> expected = List.of(new SystemPrompt("Be brief."), new User("Hi"), new Assistant("Hello"));
        assertThat(ConversationFormats.parse("{\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"}," + GOOD.substring(1) + "}")
                .messages()).isEqualTo(expected);
        assertThat(ConversationFormats.parse("{\"system\":\"Be brief.\",\"conversations\":" + GOOD + "}").messages()).isEqualTo(expected);
        assertThat(ConversationFormats.parse("{\"messages\":[{\"role\":\"developer\",\"content\":\"Be brief.\"}," + GOOD.substring(1)
                + "}").messages()).isEqualTo(expected);
    }

    @Test
    void theInputOfAnInstructionFollowsIt() {
        assertThat(ConversationFormats.parse("{\"instruction\":\"Add.\",\"input\":\"1 and 2\",\"output\":\"3\"}").messages())
                .containsExactly(new User("Add.\n\n1 and 2"), new Assistant("3"));
    }

    @Test
    void messagesOfOneRoleInARowAreJoined() {
        assertThat(ConversationFormats.parse("""
                [{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"},
                {"role":"assistant","content":[{"type":"python","text":"1+1"},{"type":"python_output","text":"2"}]},
                {"role":"user","content":"d"}]""").messages()).containsExactly(new User("a\n\nb"),
                new Assistant(new Part.Text("c"), new Part.Text("\n\n"), new Part.Python("1+1"), new Part.PythonOutput("2")),
                new User("d"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"role":"user"                                                    | not valid JSON
            {"text":"Hello"}                                                  | no conversation in any known form
            {"text":"Hello"}                                                  | its fields are: text
            "Hello"                                                           | no conversation in any known form
            [{"role":"robot","content":"x"}]                                  | message 1 has the role 'robot'
            [{"content":"x"}]                                                 | message 1 has no role
            [{"role":"user","content":null}]                                  | message 1 has no text
            [{"from":"human","text":"x"}]                                     | message 1 has no text
            [{"role":"assistant","content":"x"}]                              | message 1 should be the user's
            [{"role":"user","content":"x"},{"role":"system","content":"y"}]   | message 2 should be the assistant's
            [{"role":"user","content":[{"type":"image_url","image_url":"x"}]}] | part 1
            """)
    void whatCannotBeUsedIsSaid(String json, String message) {
        assertThatThrownBy(() -> ConversationFormats.parse(json)).isInstanceOf(BadInputException.class).hasMessageContaining(message);
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static List<Conversation> read(ConversationFile file) {
        return IntStream.range(0, file.size()).mapToObj(file::conversation).toList();
    }

    @Test
    void oneInTenIsLeftOutAndNamedAndMoreAreRefused() throws IOException {
        String bad = "{\"text\":\"x\"}\n";
        Path tenth = file("tenth.jsonl", (GOOD + "\n").repeat(4) + bad + (GOOD + "\n").repeat(5));
        ConversationFile file = ConversationFile.ofAnyForm(tenth, false);
        assertThat(read(file)).hasSize(9).allMatch(conversation -> conversation.messages().size() == 2);
        assertThat(file.notes()).hasSize(2).first().asString().isEqualTo("1 of 10 conversations in " + tenth + " cannot be used:");
        assertThat(file.notes().getLast()).contains(tenth + " line 5: no conversation");
        assertThatThrownBy(() -> ConversationFile.ofAnyForm(tenth, true)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "line 5");
        Path more = file("more.jsonl", (GOOD + "\n").repeat(8) + bad + GOOD);
        assertThat(ConversationFile.ofAnyForm(more, false).size()).isEqualTo(9);
        Path tooMany = file("many.jsonl", (GOOD + "\n").repeat(8) + bad);
        assertThatThrownBy(() -> ConversationFile.ofAnyForm(tooMany, false)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("1 of 9").hasMessageContaining("line 9").hasMessageContaining("one in 10");
        Path all = file("all.jsonl", bad.repeat(20));
        assertThatThrownBy(() -> ConversationFile.ofAnyForm(all, false)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("20 of 20").hasMessageContaining("line 5:").message().doesNotContain("line 6:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[%s]", "[\n  %s\n]\n", "\uFEFF[%s]"})
    void aFileMayBeOneArrayOfConversations(String form) throws IOException {
        String alpaca = "{\n  \"instruction\": \"Grüße\",\n  \"output\": \"Hallo %d\"\n}";
        String elements = String.join(",\n", IntStream.range(0, 30).mapToObj(i -> alpaca.replace("%d", "" + i)).toList());
        ConversationFile file = ConversationFile.ofAnyForm(file("alpaca.json", form.replace("%s", elements)), true);
        assertThat(read(file)).isEqualTo(IntStream.range(0, 30)
                .mapToObj(i -> new Conversation(List.of(new User("Grüße"), new Assistant("Hallo " + i)))).toList());
        ConversationFile nested = ConversationFile.ofAnyForm(file("nested.json", form.replace("%s", GOOD + "," + GOOD)), true);
        assertThat(read(nested)).hasSize(2);
    }

    @Test
    void whatIsWrongInAnArrayIsNamedWithItsLine() throws IOException {
        String good = "{\"instruction\": \"a\", \"output\": \"b\"},\n";
        Path path = file("a.json", "[\n" + good.repeat(20) + "{\"x\": 1}\n]");
        assertThat(ConversationFile.ofAnyForm(path, false).notes().getLast()).contains("line 22: no conversation");
        Path cut = file("cut.json", "[\n" + good.repeat(20) + "{\"x\"");
        assertThatThrownBy(() -> ConversationFile.ofAnyForm(cut, false)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("line 22 is not valid JSON");
    }

    @Test
    void linesOfMessagesAreNoArrayOfConversations() throws IOException {
        assertThat(read(ConversationFile.ofAnyForm(file("a.jsonl", GOOD), true))).hasSize(1);
        assertThat(read(ConversationFile.ofAnyForm(file("b.jsonl", GOOD + "\n" + GOOD), true))).hasSize(2);
    }
}
