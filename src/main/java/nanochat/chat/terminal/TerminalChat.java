package nanochat.chat.terminal;

import java.io.IOError;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import nanochat.chat.ChatSession;
import nanochat.checkpoint.ModelChoice;
import nanochat.conversation.Conversation;
import nanochat.conversation.ConversationFile;
import nanochat.conversation.Message;
import nanochat.io.BadInputException;
import nanochat.io.NearestName;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/// The conversation of a person at a terminal: a line editor with history and completion, answers as they come, commands beside them.
/// Ctrl-C stops an answer and never the program.
public final class TerminalChat {
    /// Turns of a loaded conversation that are shown.
    private static final int TURNS_SHOWN = 3;
    private static final String KEYS = """
              Enter sends. For more lines, end a line with \\ or press Alt-Enter, or begin
              and end the whole with \""".
              The arrow keys recall what you typed before and Ctrl-R searches it; Tab
              completes commands and files. Ctrl-C stops an answer, Ctrl-D leaves.
            """;
    private static final String PROMPT = "> ";
    private static final String PROMPT_OF_FURTHER_LINES = "  ";

    private final Terminal terminal;
    private final PrintWriter out;
    private final Palette palette;
    private final LineReader reader;
    private final ChatSession session;
    private boolean interruptedBefore;
    private boolean left;

    /// @param history a file that remembers what was typed
    TerminalChat(Terminal terminal, boolean colours, Path history, ChatSession session) {
        this.terminal = terminal;
        this.out = terminal.writer();
        this.palette = new Palette(colours);
        this.session = session;
        this.reader = LineReaderBuilder.builder().terminal(terminal).appName("nanochat").parser(new InputParser())
                .completer(new InputCompleter())
                .variable(LineReader.HISTORY_FILE, history)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, PROMPT_OF_FURTHER_LINES)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // an exclamation mark is one
                .option(LineReader.Option.INSERT_TAB, false)
                .build();
    }

    /// Talks at the terminal that the program was started in, until the user leaves.
    public static void run(ModelChoice choice, boolean colours, Path history, ChatSession session) {
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            TerminalChat chat = new TerminalChat(terminal, colours, history, session);
            chat.greet(choice);
            chat.run();
        } catch (IOException e) {
            throw new BadInputException("The terminal cannot be used (" + e.getMessage() + "). Without one:  nanochat chat -p \"...\"", e);
        }
    }

    void greet(ModelChoice choice) {
        out.println(palette.prompt("nanochat4j") + "  " + choice);
        if (!choice.stage().takesTurns()) {
            out.println(palette.warning(
                    "This is a base model: it has seen no conversation and only continues what you write, each message"
                            + " on its own."));
        }
        out.println(palette.aside("/help lists the commands; Ctrl-C stops an answer, Ctrl-D leaves."));
    }

    /// Reads and answers until the user leaves.
    void run() {
        terminal.handle(Terminal.Signal.INT, _ -> session.cancel());
        while (!left) {
            out.println();
            out.flush();
            read().ifPresent(typed -> {
                try {
                    take(typed);
                } catch (BadInputException e) {
                    warn(e.getMessage());
                }
            });
        }
    }

    /// What the user typed; nothing where there is nothing to do about it.
    private Optional<String> read() {
        try {
            String typed = reader.readLine(palette.prompt(PROMPT));
            interruptedBefore = false;
            return Optional.of(typed).filter(text -> !text.isBlank());
        } catch (UserInterruptException ctrlC) {
            if (interruptedBefore) {
                out.println(palette.aside("Ctrl-D or /quit leaves."));
            }
            interruptedBefore = true;
        } catch (EndOfFileException | IOError ended) {
            left = true;
        }
        return Optional.empty();
    }

    private void take(String typed) {
        if (typed.startsWith("/")) {
            String[] words = typed.strip().split("\\s+", 2);
            SlashCommand.of(words[0]).ifPresentOrElse(command -> run(command, words.length > 1 ? words[1] : ""), () -> unknown(words[0]));
        } else {
            answer(view -> session.reply(MessageLines.message(typed), view));
        }
    }

    private void unknown(String word) {
        warn("There is no command " + word + "."
                + NearestName.of(word, SlashCommand.words()).map(name -> " Did you mean " + name + "?").orElse(" /help lists them.")
                + " A message that begins with / needs a space before it.");
    }

    private void run(SlashCommand command, String argument) {
        if (command.argument().isEmpty() && !argument.isEmpty()) {
            throw new BadInputException(command.word() + " takes nothing after it");
        }
        switch (command) {
            case HELP -> help();
            case CLEAR -> {
                session.clear();
                aside("A new conversation.");
            }
            case RETRY -> answer(session::retry);
            case SYSTEM -> system(argument);
            case TEMPERATURE -> temperature(argument);
            case SAVE -> save(file(command, argument));
            case LOAD -> load(file(command, argument));
            case QUIT -> left = true;
        }
    }

    private static Path file(SlashCommand command, String argument) {
        if (argument.isEmpty()) {
            throw new BadInputException(command.word() + " needs the name of a file: " + command.word() + " mine.jsonl");
        }
        return UserPath.of(argument);
    }

    private void help() {
        for (SlashCommand command : SlashCommand.values()) {
            String usage = (command.word() + " " + command.argument()).strip();
            out.println("  " + palette.tool(usage) + " ".repeat(20 - usage.length()) + command.help());
        }
        out.println();
        out.print(KEYS);
    }

    private void system(String argument) {
        if (argument.isEmpty()) {
            aside(session.systemMessage().map(text -> "The system message: " + text).orElse("There is no system message."));
        } else if (argument.equals("-")) {
            session.setSystemMessage(Optional.empty());
            aside("The system message is removed.");
        } else {
            session.setSystemMessage(Optional.of(argument));
            aside("The model reads this before the conversation, from now on.");
        }
    }

    private void temperature(String argument) {
        if (!argument.isEmpty()) {
            try {
                session.setSettings(session.settings().withTemperature(Double.parseDouble(argument)));
            } catch (NumberFormatException e) {
                throw new BadInputException("'" + argument + "' is not a temperature: a number such as 0.7 is", e);
            }
        }
        aside("The temperature is " + BigDecimal.valueOf(session.settings().sampling().temperature())
                .stripTrailingZeros().toPlainString() + ".");
    }

    private void save(Path file) {
        Conversation conversation = session.conversation();
        if (conversation.messages().isEmpty()) {
            throw new BadInputException("There is no conversation to save yet");
        }
        int count = ConversationFile.append(file, conversation).size();
        aside("Saved as conversation " + count + " in " + file.toAbsolutePath().normalize() + ".");
    }

    private void load(Path path) {
        ConversationFile file = new ConversationFile(path);
        session.load(file.conversation(file.size() - 1));
        List<Message> messages = session.conversation().messages();
        int shown = Math.min(messages.size(), 2 * TURNS_SHOWN);
        if (shown < messages.size()) {
            aside("... " + (messages.size() - shown) + " earlier messages");
        }
        for (Message message : messages.subList(messages.size() - shown, messages.size())) {
            show(message);
        }
        if (messages.getLast() instanceof Message.User) {
            answer(session::retry);
        }
    }

    private void show(Message message) {
        switch (message) {
            case Message.SystemPrompt(String text) -> aside("The system message: " + text);
            case Message.User(String text) -> {
                out.println();
                out.println(palette.prompt(PROMPT) + new WordWrap(0).append(text).replace("\n", "\n" + PROMPT_OF_FURTHER_LINES));
            }
            case Message.Assistant answer -> newView().show(answer);
        }
    }

    private interface Answering {
        void to(AnswerView view);
    }

    /// Shows an answer while it is made. Keys typed meanwhile do not appear in it; they wait for the next prompt.
    private void answer(Answering answering) {
        Attributes before = terminal.getAttributes();
        Attributes silent = new Attributes(before);
        silent.setLocalFlags(EnumSet.of(Attributes.LocalFlag.ICANON, Attributes.LocalFlag.ECHO), false);
        terminal.setAttributes(silent); // not raw mode, in which Ctrl-C would be a key like any other
        try {
            answering.to(newView());
        } finally {
            terminal.setAttributes(before);
        }
    }

    private AnswerView newView() {
        return new AnswerView(out, palette, isDumb() ? 0 : terminal.getColumns());
    }

    /// Whether the terminal cannot take back what it has shown.
    private boolean isDumb() {
        return terminal.getType().startsWith(Terminal.TYPE_DUMB);
    }

    private void aside(String text) {
        out.println(palette.aside(text));
    }

    private void warn(String text) {
        out.println(palette.warning(text));
    }
}
