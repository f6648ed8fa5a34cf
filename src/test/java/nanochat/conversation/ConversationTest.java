package nanochat.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Oracle: the order of turns, written out by hand.
class ConversationTest {
    private static final Message SYSTEM = new Message.SystemPrompt("Be brief.");
    private static final Message USER = new Message.User("Hello");
    private static final Message ASSISTANT = new Message.Assistant("Hi!");

    @Test
    void turnsAlternateAfterAnOptionalSystemMessage() {
        assertThat(new Conversation(List.of(SYSTEM, USER, ASSISTANT, USER)).messages()).hasSize(4);
        assertThat(new Conversation(List.of(USER, ASSISTANT)).messages()).hasSize(2);
        assertThat(new Conversation(List.of()).messages()).isEmpty();
    }

    @Test
    void aMessageOutOfTurnIsNamed() {
        assertThatThrownBy(() -> new Conversation(List.of(USER, USER))).hasMessageContaining("message 2").hasMessageContaining("assistant");
        assertThatThrownBy(() -> new Conversation(List.of(SYSTEM, ASSISTANT))).hasMessageContaining("message 2").hasMessageContaining(
                "user");
        assertThatThrownBy(() -> new Conversation(List.of(USER, SYSTEM))).hasMessageContaining("message 2");
    }

    @Test
    void laterChangesOfTheListDoNotReachTheConversation() {
        List<Message> messages = new ArrayList<>(List.of(USER));
        Conversation conversation = new Conversation(messages);
        messages.clear();
        assertThat(conversation.messages()).containsExactly(USER);
    }

    @Test
    void theTextOfAnAnswerLeavesOutWhatTheToolDid() {
        Message.Assistant answer = new Message.Assistant(new Part.Text("That is "), new Part.Python("6 * 7"), new Part.PythonOutput("42"),
                new Part.Text("42."));
        assertThat(answer.text()).isEqualTo("That is 42.");
    }
}
