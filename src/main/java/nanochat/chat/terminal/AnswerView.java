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
    private static final String NO_RESULT = ": no result";

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
            case ChatEvent.ToolResult(String text, boolean computed) -> result(computed ? text : text + ", says the model");
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
        closeCall(NO_RESULT);
        if (lineIsCalls && !chunk.startsWith("\n")) {
            out.print(wrap.append("\n"));
        }
        lineIsCalls = false;
        // Space before the first word would only push it away from the edge where answers begin.
        String shown = saidNothing ? chunk.stripLeading() : chunk;
        saidNothing = saidNothing && shown.isEmpty();
        out.print(wrap.append(shown));
    }

    private void call(String expression) {
        closeCall(NO_RESULT);
        openCall(expression);
    }

    private void result(String result) {
        if (callOpen) {
            closeCall(" = " + result);
        } else {
            openCall(result);
            closeCall("");
        }
    }

    private void openCall(String text) {
        saidNothing = false;
        callOpen = true;
        lineIsCalls = lineIsCalls || wrap.atLineStart();
        calculator("[" + text);
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
        closeCall(NO_RESULT);
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
        String ending = switch (reason) {
            case STOPPED -> tokens;
            case CANCELLED -> "stopped after " + tokens;
            case LENGTH -> "cut off after " + tokens + " (--max-tokens)";
            case CONTEXT_FULL -> "cut off after " + tokens + " (the model can read no more)";
        };
        double rate = speed.tokensPerSecond();
        return rate == 0 ? ending : String.format(Locale.ROOT, rate < 10 ? "%s, %.1f tokens/s" : "%s, %.0f tokens/s", ending, rate);
    }
}
