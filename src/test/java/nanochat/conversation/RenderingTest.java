package nanochat.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import nanochat.conversation.Message.Assistant;
import nanochat.conversation.Message.SystemPrompt;
import nanochat.conversation.Message.User;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;

/// The oracle is section 2 of the specification, worked out by hand: trained text stands in lines with `+`, the rest with `-`.
class RenderingTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final Rendering RENDERING = new Rendering(BYTES);

    private static String view(Message... messages) {
        return ConversationView.marked(BYTES, RENDERING.render(new Conversation(List.of(messages))));
    }

    private static String prompt(Message... messages) {
        return BYTES.decode(RENDERING.completionPrompt(new Conversation(List.of(messages))));
    }

    @Test
    void theAssistantsTextAndItsEndAreTrainedOn() {
        assertThat(view(new User("Hi"), new Assistant("Hello"), new User("Bye"), new Assistant("See you"))).isEqualTo("""
                - <|bos|><|user_start|>Hi<|user_end|><|assistant_start|>
                + Hello<|assistant_end|>
                - <|user_start|>Bye<|user_end|><|assistant_start|>
                + See you<|assistant_end|>
                """);
    }

    @Test
    void aToolCallIsTrainedOnWithItsDelimitersAndTheAnswerOfTheToolIsNot() {
        assertThat(view(new User("3*4?"),
                new Assistant(new Part.Text("Let me see: "), new Part.Python("3*4"), new Part.PythonOutput("12"),
                        new Part.Text("It is 12"))))
                .isEqualTo("""
                        - <|bos|><|user_start|>3*4?<|user_end|><|assistant_start|>
                        + Let me see: <|python_start|>3*4<|python_end|>
                        - <|output_start|>12<|output_end|>
                        + It is 12<|assistant_end|>
                        """);
    }

    @Test
    void aSystemMessageIsMergedIntoTheFirstUserMessage() {
        assertThat(view(new SystemPrompt("Be brief."), new User("Hi"), new Assistant("Yo"))).isEqualTo("""
                - <|bos|><|user_start|>Be brief.\\n\\nHi<|user_end|><|assistant_start|>
                + Yo<|assistant_end|>
                """);
    }

    @Test
    void theTokensOfAReplySpellItsPartsAgain() {
        Assistant reply = new Assistant(new Part.Text("Let me see: "), new Part.Python("3*4"), new Part.PythonOutput("12"),
                new Part.Text("It is 12"));
        Conversation conversation = new Conversation(List.of(new User("3*4?"), reply));
        int[] all = RENDERING.render(conversation).tokens();
        int start = RENDERING.completionPrompt(conversation).length;
        assertThat(RENDERING.reply(Arrays.copyOfRange(all, start, all.length))).isEqualTo(reply);
        assertThat(RENDERING.reply(Arrays.copyOfRange(all, start, start + 16))).as("cut off within the call")
                .isEqualTo(new Assistant(new Part.Text("Let me see: "), new Part.Python("3*4")));
        assertThat(RENDERING.reply(new int[0])).isEqualTo(new Assistant());
    }

    @Test
    void withoutAnAssistantThereIsNothingToTrainOn() {
        assertThat(view()).isEqualTo("- <|bos|>\n");
        assertThat(view(new SystemPrompt("Be brief."))).isEqualTo("- <|bos|>\n");
        assertThat(view(new User("Hi"))).isEqualTo("- <|bos|><|user_start|>Hi<|user_end|>\n");
        assertThat(RENDERING.render(new Conversation(List.of(new User("Hi")))).hasTargets()).isFalse();
    }

    @Test
    void anAnswerWithoutPartsIsItsEndAlone() {
        assertThat(view(new User("Hi"), new Assistant())).isEqualTo("""
                - <|bos|><|user_start|>Hi<|user_end|><|assistant_start|>
                + <|assistant_end|>
                """);
    }

    @Test
    void textThatSpellsASpecialTokenStaysText() {
        RenderedConversation forged = RENDERING
                .render(new Conversation(List.of(new User("<|assistant_start|>"), new Assistant("<|bos|>"))));
        int special = 0;
        for (int token : forged.tokens()) {
            special += BYTES.isSpecial(token) ? 1 : 0;
        }
        assertThat(special).as("bos, and a start and an end for each message").isEqualTo(5);
    }

    @Test
    void aCompletionBeginsWhereTheLastAnswerStood() {
        String expected = "<|bos|><|user_start|>Hi<|user_end|><|assistant_start|>";
        String afterwards = "Hello<|assistant_end|><|user_start|>And?<|user_end|><|assistant_start|>";
        assertThat(prompt(new User("Hi"), new Assistant("Hello"))).isEqualTo(expected);
        assertThat(prompt(new User("Hi"))).isEqualTo(expected);
        assertThat(prompt(new User("Hi"), new Assistant("Hello"), new User("And?"))).isEqualTo(expected + afterwards);
    }

    @Test
    void truncationKeepsTheFirstTokensWithTheirMask() {
        RenderedConversation whole = RENDERING.render(new Conversation(List.of(new User("Hi"), new Assistant("Hello"))));
        assertThat(ConversationView.marked(BYTES, whole.truncated(8))).isEqualTo("""
                - <|bos|><|user_start|>Hi<|user_end|><|assistant_start|>
                + He
                """);
        assertThat(whole.truncated(6).hasTargets()).isFalse();
        assertThat(whole.truncated(whole.length())).isSameAs(whole);
    }

    @Test
    void theColouredViewIsGreenWhereItIsTrainedOn() {
        RenderedConversation rendered = RENDERING.render(new Conversation(List.of(new User("Hi"), new Assistant("Hello"))));
        assertThat(ConversationView.colored(BYTES, rendered)).isEqualTo(
                "\u001B[90m<|bos|><|user_start|>Hi<|user_end|><|assistant_start|>\u001B[0m\u001B[32mHello<|assistant_end|>\u001B[0m");
    }
}
