package nanochat.chat.terminal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import nanochat.chat.ChatEvent;
import nanochat.chat.ChatSession;
import nanochat.chat.Speed;
import nanochat.engine.Sample;
import nanochat.io.BadInputException;

/// The conversation of a program or a script: nothing but the answers' text goes to standard output, each with a line end, and what else is
/// to be said to standard error. When nobody reads the answers any more it ends, quietly.
public final class PipedChat {
    private final ChatSession session;
    private final PrintStream out;
    private final PrintStream err;

    public PipedChat(ChatSession session, PrintStream out, PrintStream err) {
        this.session = session;
        this.out = out;
        this.err = err;
    }

    /// Takes every line as a message of one conversation; passes over blank ones.
    ///
    /// @throws BadInputException when a line cannot be answered; its message has the line's number
    public void answerLines(BufferedReader in) {
        try {
            int number = 1;
            for (String line = in.readLine(); line != null && !out.checkError(); line = in.readLine()) {
                answerLine(line, number++);
            }
        } catch (IOException e) {
            throw new BadInputException("Cannot read standard input: " + e.getMessage(), e);
        }
    }

    private void answerLine(String line, int number) {
        if (line.isBlank()) {
            return;
        }
        try {
            answer(line);
        } catch (BadInputException e) {
            throw new BadInputException("Line " + number + ": " + e.getMessage(), e);
        }
    }

    /// Answers one message.
    public void answer(String message) {
        session.reply(message, this::show);
    }

    private void show(ChatEvent event) {
        switch (event) {
            case ChatEvent.Forgotten(int turns) -> err.println(AnswerView.forgotten(turns));
            case ChatEvent.Text(String chunk) -> {
                out.print(chunk);
                if (out.checkError()) { // flushes, too
                    session.cancel();
                }
            }
            case ChatEvent.ToolCall _,ChatEvent.ToolResult _ -> {
            }
            case ChatEvent.Ended(Sample.End reason, Speed speed) -> {
                out.println();
                out.flush();
                if (reason == Sample.End.LENGTH || reason == Sample.End.CONTEXT_FULL) {
                    err.println(AnswerView.ending(reason, speed));
                }
            }
        }
    }
}
