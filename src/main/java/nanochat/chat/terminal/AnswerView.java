package nanochat.chat.terminal;

import java.io.PrintWriter;
import java.util.Locale;
import nanochat.chat.ChatEvent;
import nanochat.chat.ChatListener;
import nanochat.chat.Speed;
import nanochat.conversation.Message;
import nanochat.conversation.Part;
import nanochat.engine.Sample;

/// Shows one answer on a terminal while it comes. Of the calculator it shows call and result in brackets, on a line of their own where the
/// answer's line has not begun:
///
///     [12 * 7 = 84]
///     12 times 7 is 84.
final class AnswerView implements ChatListener {
    private final PrintWriter out;
    private final Palette palette;
    private final WordWrap wrap;
    private boolean callOpen;
    private boolean lineIsCalls;
    private boolean saidNothing = true;

    /// @param columns of the terminal; 0 where that is unknown
    AnswerView(PrintWriter out, Palette palette, int columns) {
        this.out = out;
        this.palette = palette;
        this.wrap = new WordWrap(columns);
    }

    /// Shows an answer that is there already.
    void show(Message.Assistant answer) {
        for (Part part : answer.parts()) {
            accept(switch (part) {
                case Part.Text(String text) -> new ChatEvent.Text(text);
                case Part.Python(String expression) -> new ChatEvent.ToolCall(expression);
                case Part.PythonOutput(String text) -> new ChatEvent.ToolResult(text, true);
            });
        }
        finish();
    }

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Forgotten(int turns) -> out.println(palette.warning(forgotten(turns)));
            case ChatEvent.Text(String chunk) -> text(chunk);
            case ChatEvent.ToolCall(String expression) -> call(expression);
            case ChatEvent.ToolResult(String text, boolean computed) -> result(computed ? " = " + text : " = " + text + ", says the model");
            case ChatEvent.Ended(Sample.End reason, Speed speed) -> {
                finish();
                out.println(palette.aside(ending(reason, speed)));
            }
        }
        out.flush();
    }

    static String forgotten(int turns) {
        return turns == 1
                ? "The conversation is too long for the model: it no longer reads the oldest turn."
                : "The conversation is too long for the model: it no longer reads the " + turns + " oldest turns.";
    }

    private void text(String chunk) {
        saidNothing = false;
        closeCall(": no result");
        if (lineIsCalls) {
            lineIsCalls = false;
            if (!chunk.startsWith("\n")) {
                out.print(wrap.append("\n"));
            }
        }
        out.print(wrap.append(chunk));
    }

    private void call(String expression) {
        saidNothing = false;
        closeCall(": no result");
        lineIsCalls = lineIsCalls || wrap.atLineStart();
        calculator("[" + expression);
        callOpen = true;
    }

    private void result(String result) {
        if (!callOpen) {
            calculator("[");
        }
        callOpen = true;
        closeCall(result);
    }

    private void closeCall(String end) {
        if (callOpen) {
            callOpen = false;
            calculator(end + "]");
        }
    }

    private void calculator(String text) {
        wrap.endWord();
        out.print(palette.tool(wrap.append(text)));
        wrap.endWord();
    }

    private void finish() {
        closeCall(": no result");
        if (saidNothing) {
            out.print(palette.aside(wrap.append("(nothing)")));
        }
        if (!wrap.atLineStart()) {
            out.println();
        }
        out.flush();
    }

    /// What is said beneath an answer.
    static String ending(Sample.End reason, Speed speed) {
        String tokens = speed.tokens() == 1 ? "1 token" : speed.tokens() + " tokens";
        double rate = speed.tokensPerSecond();
        String figures = rate == 0 ? tokens : String.format(Locale.ROOT, rate < 10 ? "%s, %.1f/s" : "%s, %.0f/s", tokens, rate);
        return switch (reason) {
            case STOPPED -> figures;
            case CANCELLED -> "stopped: " + figures;
            case LENGTH -> "cut off at --max-tokens: " + figures;
            case CONTEXT_FULL -> "cut off, the model can read no more: " + figures;
        };
    }
}
