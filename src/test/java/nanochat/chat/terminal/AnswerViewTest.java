package nanochat.chat.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import nanochat.chat.ChatEvent;
import nanochat.chat.ChatEvent.Ended;
import nanochat.chat.ChatEvent.Forgotten;
import nanochat.chat.ChatEvent.Text;
import nanochat.chat.ChatEvent.ToolCall;
import nanochat.chat.ChatEvent.ToolResult;
import nanochat.chat.Speed;
import nanochat.conversation.Message.Assistant;
import nanochat.conversation.Part;
import nanochat.engine.Sample.End;
import org.junit.jupiter.api.Test;

/// The oracle is what the screen should say.
class AnswerViewTest {
    private static final Speed SPEED = new Speed(9, 0, 0.5, 11, 1.5);
    private static final ChatEvent END = new Ended(End.STOPPED, SPEED);

    private static String shown(ChatEvent... events) {
        StringWriter out = new StringWriter();
        AnswerView view = new AnswerView(new PrintWriter(out), new Palette(false), 60);
        List.of(events).forEach(view::accept);
        return out.toString();
    }

    @Test
    void anAnswerIsFollowedByItsSpeed() {
        assertThat(shown(new Text(" Par"), new Text("is."), END)).isEqualTo("Paris.\n11 tokens, 10 tokens/s\n");
        assertThat(shown(END)).isEqualTo("(nothing)\n11 tokens, 10 tokens/s\n");
    }

    @Test
    void aCallAtTheBeginningHasALineOfItsOwn() {
        assertThat(shown(new ToolCall("1+2"), new ToolResult("3", true), new Text("It is 3."), END))
                .startsWith("[1+2 = 3]\nIt is 3.\n11");
        assertThat(shown(new ToolCall("1+2"), new ToolResult("3", true), new Text("\nIt"), new ToolCall("4"), new Text("!"), END))
                .startsWith("[1+2 = 3]\nIt[4: no result]!\n11");
    }

    @Test
    void whatTheModelMadeUpIsNotTheCalculators() {
        assertThat(shown(new Text("So "), new ToolCall("1/0"), new ToolResult("7", false), END)).startsWith(
                "So [1/0 = 7, says the model]\n11");
        assertThat(shown(new ToolResult("7", false), END)).startsWith("[7, says the model]\n11");
        assertThat(shown(new ToolCall("1/0"), END)).startsWith("[1/0: no result]\n11");
    }

    @Test
    void whyAnAnswerEndedIsSaidUnlessItIsComplete() {
        assertThat(AnswerView.ending(End.CANCELLED, SPEED)).isEqualTo("stopped after 11 tokens, 10 tokens/s");
        assertThat(AnswerView.ending(End.LENGTH, SPEED)).contains("--max-tokens");
        assertThat(AnswerView.ending(End.CONTEXT_FULL, SPEED)).contains("can read no more");
        assertThat(AnswerView.ending(End.STOPPED, new Speed(9, 0, 1, 1, 1))).isEqualTo("1 token");
        assertThat(AnswerView.ending(End.STOPPED, new Speed(9, 0, 1, 5, 3))).isEqualTo("5 tokens, 2.0 tokens/s");
    }

    @Test
    void forgottenTurnsAreToldBeforeTheAnswer() {
        assertThat(shown(new Forgotten(2), new Text("Hi"), END)).startsWith("The conversation is too long").contains(
                "2 oldest turns.\nHi\n");
    }

    @Test
    void coloursTouchOnlyWhatIsNotTheAnswer() {
        StringWriter out = new StringWriter();
        AnswerView view = new AnswerView(new PrintWriter(out), new Palette(true), 60);
        view.show(new Assistant(new Part.Python("1+2"), new Part.PythonOutput("3"), new Part.Text("It is 3.")));
        assertThat(out).hasToString("\u001B[36m[1+2\u001B[0m\u001B[36m = 3]\u001B[0m\nIt is 3.\n");
    }
}
